//! The identifiers of what commits did.

use shipwake::facts::{CommitId, CommitIdentifiers};

use crate::facts::mine;
use crate::repo::Repo;

fn row(id: &str, [gained, lost, rewritten, around, functions]: [&str; 5]) -> CommitIdentifiers {
    CommitIdentifiers {
        commit_id: CommitId::new(id),
        gained: gained.into(),
        lost: lost.into(),
        rewritten: rewritten.into(),
        around: around.into(),
        functions: functions.into(),
    }
}

const STORE: &str = "\
/* What is stored. */
static int
fetch(struct store *store, int key)
{
    int value = find(store, key);

    return value;
}

static void
clear(struct store *store)
{
    free(store);
}
";

#[test]
fn each_commit_that_changed_code_has_the_names_of_what_it_did() {
    let repo = Repo::new();
    let start = repo.change("src/store.c", STORE, "Start");
    let renamed = STORE.replace("fetch(", "lookup(");
    repo.write("src/main.c", "int main(void)\n{\n    return fetch(0, 1);\n}\n");
    let second = repo.commit("A caller");
    repo.write("src/store.c", &renamed).write("src/main.c", "int main(void)\n{\n    return lookup(0, 1);\n}\n");
    let rename = repo.commit("Another name");
    // A check within a function, nothing else.
    let checked =
        renamed.replace("    return value;", "    if (value < limit)\n        log_error(key);\n    return value;");
    let fix = repo.change("src/store.c", &checked, "Fix it");
    repo.change("src/store.c", &checked.replace("What is stored", "What is kept"), "Words");
    repo.change("docs/store.md", "free(store)\n", "More words");
    repo.branch("side");
    let side = repo.change("src/store.c", &checked.replace("free(store)", "release(store)"), "On a branch");
    repo.switch("main");
    repo.change("yarn.lock", "integrity sha512\n", "A lock");
    repo.merge("side", "Merge branch 'side'");
    let gone = repo.remove("src/main.c").commit("No caller");
    let expected = [
        row(&start, ["clear fetch find free int key return static store struct value void", "", "", "", ""]),
        row(&second, ["fetch int main return void", "", "", "", ""]),
        row(&rename, ["lookup", "fetch", "int key return store struct", "find main static value void", "int main"]),
        row(&fix, ["key limit log_error value", "", "", "find int return store", "lookup"]),
        row(&side, ["release", "free", "store", "clear static struct void", "clear"]),
        row(&gone, ["", "int lookup main return void", "", "", ""]),
    ];
    let mut found = mine(&repo).commit_identifiers;
    let order = |id: &CommitId| expected.iter().position(|row| row.commit_id == *id);
    found.sort_by_key(|row| order(&row.commit_id));
    assert_eq!(found, expected);
}

#[test]
fn what_moves_from_file_to_file_is_not_gained() {
    let repo = Repo::new();
    repo.change("a.py", "def alpha():\n    return beta()\n\n\ndef gamma():\n    return delta()\n", "Start");
    repo.write("a.py", "def alpha():\n    return beta()\n").write("b.py", "def gamma():\n    return delta(epsilon)\n");
    let moved = repo.commit("Move gamma");
    let found = mine(&repo).commit_identifiers;
    let found: Vec<_> = found.into_iter().filter(|row| row.commit_id == CommitId::new(moved.as_str())).collect();
    assert_eq!(found, [row(&moved, ["epsilon", "", "def delta gamma return", "alpha beta", "alpha"])]);
}
