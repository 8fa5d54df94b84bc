-- The origins of tenants, one row for each. Other programs may change these rows: the triggers below do the rest.
CREATE TABLE tenant_origins (
    tenant TEXT NOT NULL CHECK (
        tenant GLOB '[a-z0-9]*' AND tenant NOT GLOB '*[^a-z0-9-]*' AND length(tenant) <= 63
    ),
    origin TEXT NOT NULL,
    PRIMARY KEY (tenant, origin)
) STRICT, WITHOUT ROWID;

-- The version of the table, in one row. SQLite has one writer at a time, so the versions are in the order of commits.
CREATE TABLE tenant_version (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO tenant_version (only_row, version) VALUES (1, 0);

-- The version in which each tenant was changed last. The row stays when the tenant is removed, so that a process learns of
-- the removal.
CREATE TABLE tenant_changes (
    tenant TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_changes_version ON tenant_changes (version);

CREATE TRIGGER tenant_origins_inserted AFTER INSERT ON tenant_origins BEGIN
    UPDATE tenant_version SET version = version + 1;
    DELETE FROM tenant_changes WHERE tenant = NEW.tenant;
    INSERT INTO tenant_changes (tenant, version) VALUES (NEW.tenant, (SELECT version FROM tenant_version));
END;

CREATE TRIGGER tenant_origins_deleted AFTER DELETE ON tenant_origins BEGIN
    UPDATE tenant_version SET version = version + 1;
    DELETE FROM tenant_changes WHERE tenant = OLD.tenant;
    INSERT INTO tenant_changes (tenant, version) VALUES (OLD.tenant, (SELECT version FROM tenant_version));
END;

CREATE TRIGGER tenant_origins_updated AFTER UPDATE ON tenant_origins BEGIN
    UPDATE tenant_version SET version = version + 1;
    DELETE FROM tenant_changes WHERE tenant IN (OLD.tenant, NEW.tenant);
    INSERT INTO tenant_changes (tenant, version)
    SELECT OLD.tenant, version FROM tenant_version
    UNION SELECT NEW.tenant, version FROM tenant_version;
END;
