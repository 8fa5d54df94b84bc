-- The origins of tenants, one row for each. Other programs may change these rows: the triggers below do the rest.
-- Names are compared byte by byte.
CREATE TABLE tenant_origins (
    tenant text COLLATE "C" NOT NULL CHECK (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    origin text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, origin)
);

-- The version of the table, in one row. It is in the order of commits: a transaction that changes origins locks the row
-- until it commits, so the next one gets a greater number and commits later. The numbers of a sequence are not in that
-- order. A process that has read version 7 would miss version 6, which commits afterwards.
--
-- The price is that two transactions that change origins wait for each other.
CREATE TABLE tenant_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL
);
INSERT INTO tenant_version (version) VALUES (0);

-- The version in which each tenant was changed last. The row stays when the tenant is removed, so that a process which
-- was not connected learns of the removal.
CREATE TABLE tenant_changes (
    tenant text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);
CREATE INDEX tenant_changes_version ON tenant_changes (version);

-- Before a statement, so that the version is locked before any origin is. Two transactions cannot wait for each other in
-- a circle.
CREATE FUNCTION tenant_version_increase() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE tenant_version SET version = version + 1;
    -- TRUNCATE has no table of the rows that it removes.
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO tenant_changes (tenant, version)
        SELECT DISTINCT tenant, (SELECT version FROM tenant_version) FROM tenant_origins
        ON CONFLICT (tenant) DO UPDATE SET version = excluded.version;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER tenant_origins_version
    BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenant_origins
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_version_increase();

CREATE FUNCTION tenant_changes_record() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO tenant_changes (tenant, version)
    SELECT DISTINCT tenant, (SELECT version FROM tenant_version) FROM changed_rows
    ON CONFLICT (tenant) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END
$$;

CREATE TRIGGER tenant_origins_inserted AFTER INSERT ON tenant_origins REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_changes_record();
CREATE TRIGGER tenant_origins_deleted AFTER DELETE ON tenant_origins REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_changes_record();
CREATE TRIGGER tenant_origins_updated_from AFTER UPDATE ON tenant_origins REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_changes_record();
CREATE TRIGGER tenant_origins_updated_to AFTER UPDATE ON tenant_origins REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_changes_record();

-- The announcement is sent when the transaction commits. It has no content: a process asks for what changed since the
-- version that it has.
CREATE FUNCTION tenant_version_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tenant_version', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER tenant_version_announced AFTER UPDATE ON tenant_version
    FOR EACH STATEMENT EXECUTE FUNCTION tenant_version_announce();
