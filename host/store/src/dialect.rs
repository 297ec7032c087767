//! What only one of the two databases has, or calls by another name.

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// A parameter, in the order of the text. SQLite looks numbered ones up by their names, one after another.
    pub(crate) fn place(self, number: usize) -> String {
        match self {
            Dialect::Sqlite => "?".to_owned(),
            Dialect::Postgres => format!("${number}"),
        }
    }

    /// By the scheme of its address.
    pub(crate) fn of(url: &str) -> Option<Dialect> {
        match url.split(':').next()? {
            "sqlite" => Some(Dialect::Sqlite),
            "postgres" | "postgresql" => Some(Dialect::Postgres),
            _ => None,
        }
    }

    /// The text of a migration with this database's words.
    pub(crate) fn worded(self, text: &str) -> String {
        let words = match self {
            Dialect::Sqlite => [("{int}", "integer"), ("{bytes}", "blob"), ("{clustered}", "without rowid")],
            Dialect::Postgres => [("{int}", "bigint"), ("{bytes}", "bytea"), ("{clustered}", "")],
        };
        words.iter().fold(text.to_owned(), |text, (word, own)| text.replace(word, own))
    }

    /// Begins a transaction that will write. SQLite takes its one lock at once instead of failing half-way.
    pub(crate) fn begin_writing(self) -> &'static str {
        match self {
            Dialect::Sqlite => "begin immediate",
            Dialect::Postgres => "begin",
        }
    }

    /// Begins a transaction that sees one state throughout.
    pub(crate) fn begin_reading(self) -> &'static str {
        match self {
            Dialect::Sqlite => "begin",
            Dialect::Postgres => "begin isolation level repeatable read read only",
        }
    }

    /// Says to each connection what it must be like.
    pub(crate) fn prepare_connection(self) -> &'static str {
        match self {
            // FULL: what was answered survives a power cut. Foreign schemas' functions are not trusted.
            Dialect::Sqlite => {
                "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
                 pragma busy_timeout = 5000; pragma trusted_schema = off; pragma cache_size = -65536"
            }
            // A session that is not told to wait for the disk would answer what it may lose.
            Dialect::Postgres => "set synchronous_commit = on; set lock_timeout = '5s'; set statement_timeout = '60s'",
        }
    }

    /// Lets a connection's statements take as long as they need: for reading everything there is.
    pub(crate) fn wait_long(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some("set statement_timeout = 0"),
        }
    }

    /// Takes the one lock of migrations, inside a transaction.
    pub(crate) fn lock_migrations(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some("select pg_advisory_xact_lock(8213770142)"),
        }
    }

    /// Tells a planner that has no statistics what a full database is like: many rows of few facilities, few rows of
    /// everything else. SQLite would else think that a facility has ten rows and walk all of them.
    pub(crate) fn describe_full(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => Some(
                "analyze; delete from sqlite_stat1; insert into sqlite_stat1 (tbl, idx, stat) values \
                 ('receipt', 'receipt', '1000000 500000 1'), ('receipt', 'receipt_encounter', '1000000 500000 2'), \
                 ('receipt', 'receipt_shift', '1000000 500000 300'), ('receipt', 'receipt_reverses', '10000 5000 1'), \
                 ('receipt', 'sqlite_autoindex_receipt_2', '1000000 500000 100000 1'), \
                 ('posting', 'posting', '9000000 4500000 9 1'), ('posting', 'posting_shift', '2000000 1000000 600'), \
                 ('journal', 'journal', '2000000 1000000 1'), ('journal', 'journal_day', '2000000 1000000 3000'), \
                 ('journal', 'journal_reverses', '10000 5000 1'), \
                 ('patient', 'patient', '700000 350000 1'), ('patient', 'patient_merged', '1000 500 1'), \
                 ('patient_word', 'patient_word', '5000000 2500000 20 1'), \
                 ('patient_word', 'patient_word_patient', '5000000 2500000 7'), \
                 ('encounter', 'encounter', '1000000 500000 1'), ('encounter', 'encounter_patient', '1000000 500000 2'), \
                 ('encounter', 'encounter_owing', '50000 25000 2'), ('encounter', 'encounter_arrived', '1000000 500000 1500'), \
                 ('bank_reference', 'bank_reference', '400000 200000 100000 1'), \
                 ('bank_reference', 'bank_reference_subject', '400000 200000 1'); analyze sqlite_master",
            ),
            Dialect::Postgres => None,
        }
    }

    /// Says to each connection that only reads what it must be like besides. PostgreSQL would keep the plan that a statement
    /// had when the tables were empty, and walk a facility's rows until its statistics are next gathered.
    pub(crate) fn prepare_reader(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => "set plan_cache_mode = force_custom_plan",
        }
    }

    /// Makes a connection that writes plan its statements anew, for the same reason: planning each time would cost it more
    /// than its statements do.
    pub(crate) fn forget_plans(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some("discard plans"),
        }
    }

    /// The names of a database's tables.
    pub(crate) fn list_tables(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
            Dialect::Postgres => "select tablename::text from pg_tables where schemaname = current_schema()",
        }
    }

    /// The names of a database's triggers that act, with what they do: their text, or that of their function.
    pub(crate) fn list_triggers(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select name, sql from sqlite_master where type = 'trigger'",
            // `O` and `A` are enabled, for every session but one that replicates.
            Dialect::Postgres => {
                "select t.tgname::text, p.prosrc::text from pg_trigger t join pg_class c on c.oid = t.tgrelid \
                 join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgqual is null \
                 and c.relnamespace = current_schema()::regnamespace"
            }
        }
    }

    /// A table's columns in order with whether each is whole numbers, text or bytes.
    pub(crate) fn list_columns(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select name, lower(type) from pragma_table_info($1) order by cid",
            Dialect::Postgres => {
                "select column_name::text, data_type::text from information_schema.columns \
                 where table_schema = current_schema() and table_name = $1 order by ordinal_position"
            }
        }
    }

    /// The columns of a table's key in order.
    pub(crate) fn list_key(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select name from pragma_table_info($1) where pk > 0 order by pk",
            Dialect::Postgres => {
                "select a.attname::text from pg_index i \
                 cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place) \
                 join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum \
                 where i.indisprimary and i.indrelid = (select c.oid from pg_class c where c.relname = $1 \
                 and c.relnamespace = current_schema()::regnamespace) order by k.place"
            }
        }
    }

    /// The operations that a table's triggers refuse.
    pub(crate) fn refused(self, append_only: bool) -> &'static [&'static str] {
        match (self, append_only) {
            (Dialect::Sqlite, false) => &["delete"],
            (Dialect::Sqlite, true) => &["delete", "update"],
            (Dialect::Postgres, false) => &["delete", "truncate"],
            (Dialect::Postgres, true) => &["delete", "update", "truncate"],
        }
    }

    /// What the text of a trigger that refuses an operation has in it.
    pub(crate) fn refusal(self, table: &str, operation: &str) -> String {
        match self {
            Dialect::Sqlite => {
                format!(
                    "before {operation} on {table} begin select raise(abort, '{operation} of {table}: rows are kept'); end"
                )
            }
            Dialect::Postgres => "begin raise exception '% of %: rows are kept'".to_owned(),
        }
    }

    /// Lets nobody delete rows of a table, nor change them when `append_only`.
    pub(crate) fn keep(self, table: &str, append_only: bool) -> Vec<String> {
        let operations: &[&str] = if append_only { &["delete", "update"] } else { &["delete"] };
        let mut statements = Vec::new();
        if self == Dialect::Postgres {
            statements.push(
                "create or replace function refuse_change() returns trigger language plpgsql as \
                 $$ begin raise exception '% of %: rows are kept', tg_op, tg_table_name; end $$"
                    .to_owned(),
            );
        }
        for operation in operations {
            let name = trigger_name(table, operation);
            statements.push(match self {
                Dialect::Sqlite => format!("create trigger {name} {}", self.refusal(table, operation)),
                Dialect::Postgres => format!(
                    "create trigger {name} before {operation} on {table} for each row execute function refuse_change()"
                ),
            });
        }
        if self == Dialect::Postgres {
            let name = trigger_name(table, "truncate");
            statements
                .push(format!("create trigger {name} before truncate on {table} execute function refuse_change()"));
        }
        statements
    }
}

/// The trigger that refuses an operation on a table.
pub(crate) fn trigger_name(table: &str, operation: &str) -> String {
    format!("{table}_refuses_{operation}")
}
