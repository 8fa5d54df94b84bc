//! Explores the orders in which writers of the table can run, with the model checker shuttle. A replacement consists of many
//! steps, and each step takes the lock separately. `CONTRIBUTING.md` has the command.

use std::collections::BTreeMap;
use std::sync::Arc;

use shuttle::sync::Mutex;
use shuttle::thread;

use crate::policy::policy::Policy;
use crate::tenants::tenant_origins::TenantOrigins;

/// A table and the database that it is filled from. A program writes to the database first.
struct World {
    database: Mutex<BTreeMap<&'static str, &'static str>>,
    tenants: TenantOrigins,
}

impl World {
    fn new() -> Arc<Self> {
        let policy = Policy::empty();
        let world = Self {
            database: Mutex::default(),
            tenants: TenantOrigins::new(&policy).expect("the policy is valid"),
        };
        world.set("acme", "https://old.acme.example");
        world.set("globex", "https://globex.example");
        Arc::new(world)
    }

    fn set(&self, tenant: &'static str, origin: &'static str) {
        self.database.lock().unwrap().insert(tenant, origin);
        self.tenants.set(tenant, [origin]).expect("the origin is valid");
    }

    fn remove(&self, tenant: &'static str) {
        self.database.lock().unwrap().remove(tenant);
        self.tenants.remove(tenant);
    }

    fn replace(&self) {
        let replacement = self.tenants.start_replacement();
        let rows = self.database.lock().unwrap().clone();
        let changes = replacement.finish(rows.into_iter().map(|(tenant, origin)| (tenant, [origin])));
        assert!(changes.invalid.is_empty());
    }

    /// The table has the origins that the database has.
    fn assert_consistent(&self) {
        let database = self.database.lock().unwrap().clone();
        for tenant in ["acme", "globex", "initech"] {
            let expected: Vec<_> = database.get(tenant).into_iter().copied().collect();
            assert_eq!(self.tenants.origins(tenant), expected, "{tenant}");
        }
        assert_eq!(self.tenants.len(), database.len());
    }
}

/// Runs each step in its own thread, and compares the table with the database at the end.
fn run(steps: &[fn(&World)]) {
    let world = World::new();
    let threads: Vec<_> = steps
        .iter()
        .map(|&step| {
            let world = Arc::clone(&world);
            thread::spawn(move || step(&world))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no step panics");
    }
    world.assert_consistent();
}

const REPLACE: fn(&World) = World::replace;
const SET: fn(&World) = |world| world.set("acme", "https://new.acme.example");
const ADD_AND_REMOVE: fn(&World) = |world| {
    world.set("initech", "https://initech.example");
    world.remove("globex");
};
const READ: fn(&World) = |world| {
    let origins = world.tenants.origins("acme");
    assert!(origins == ["https://old.acme.example"] || origins == ["https://new.acme.example"]);
};

#[test]
fn a_replacement_and_a_change_leave_what_the_database_has_in_every_order() {
    shuttle::check_dfs(|| run(&[REPLACE, SET]), None);
}

#[test]
fn two_replacements_and_changes_leave_what_the_database_has() {
    shuttle::check_random(|| run(&[REPLACE, REPLACE, SET, ADD_AND_REMOVE, READ]), 10_000);
    shuttle::check_pct(|| run(&[REPLACE, REPLACE, SET, ADD_AND_REMOVE, READ]), 10_000, 4);
}
