//! Repositories made by chance: edits, renames, copies, merges, reverts, by people and agents.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::repo::{Repo, START};

/// How wild the histories are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taste {
    pub(crate) seed: u64,
    pub(crate) commits: usize,
    /// Binary files come and go: their lines are unknown.
    pub(crate) binaries: bool,
}

type Files = BTreeMap<String, (&'static str, Vec<u8>)>;

const PEOPLE: &[(&str, &str)] = &[
    ("Ada", "ada@example.org"),
    ("ada", "ADA@example.org"),
    ("Grace", "grace@old.example"),
    ("Grace Hopper", "grace@example.org"),
    ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com"),
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
];
pub(crate) const MAILMAP: &str = "# people\nAda Lovelace <ada@example.org>\nGrace Hopper <grace@example.org> <grace@old.example>\n\
    <ada@example.org> Old Ada <ada@older.example>\nbroken line\n";
const TRAILERS: &[&str] = &[
    "",
    "",
    "\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
    "\n\nSigned-off-by: A <a@b.c>",
    "\n\nAssisted-by: Codex",
    "\n\nFixes #3",
];
const FOLDERS: &[&str] = &["", "", "src/", "src/deep/", "docs/", "tests/", "vendor/"];
const ENDINGS: &[&str] = &["rs", "py", "md", "lock", "bin"];

/// Makes the repository in one stream of `git fast-import`.
pub(crate) fn repository(taste: Taste) -> Repo {
    let repo = Repo::new();
    let stream = History::new(taste).write();
    let imported = repo.git_with_input(&["fast-import", "--quiet", "--force"], &stream);
    assert!(imported.status.success(), "{}", crate::repo::text(&imported.stderr));
    repo.git(&["reset", "--quiet", "--hard", "main"]);
    repo
}

struct History {
    dice: Dice,
    taste: Taste,
    stream: Vec<u8>,
    branches: BTreeMap<&'static str, (usize, Files)>,
    /// Subjects of the commits, by mark.
    subjects: Vec<String>,
    fresh: usize,
}

impl History {
    fn new(taste: Taste) -> Self {
        let dice = Dice::new(taste.seed);
        Self { dice, taste, stream: Vec::new(), branches: BTreeMap::new(), subjects: vec![String::new()], fresh: 0 }
    }

    fn write(mut self) -> Vec<u8> {
        let first: Files = [(".mailmap".to_owned(), ("100644", MAILMAP.as_bytes().to_vec()))].into();
        self.commit("main", &[], first);
        for _ in 1..self.taste.commits {
            let on = *self.dice.pick(&["main", "main", "main", "side", "other"]);
            let base =
                self.branches.get(on).filter(|_| !self.dice_is_one_in(8)).unwrap_or(&self.branches["main"]).clone();
            let mut files = base.1;
            let others: Vec<&'static str> = self.branches.keys().copied().filter(|name| *name != on).collect();
            let merged: Vec<&'static str> = if on == "main" && self.dice.one_in(4) { others } else { Vec::new() };
            let mut parents = vec![base.0];
            for name in merged {
                let (mark, theirs) = self.branches[name].clone();
                parents.push(mark);
                for (path, file) in theirs {
                    files.entry(path).or_insert(file);
                }
            }
            for _ in 0..1 + self.dice.below(3) {
                self.alter(&mut files);
            }
            parents.dedup();
            self.commit(on, &parents, files);
        }
        self.stream
    }

    fn dice_is_one_in(&self, chances: usize) -> bool {
        (self.subjects.len() * 7 + self.taste.seed as usize).is_multiple_of(chances)
    }

    /// One thing that happens to a file.
    fn alter(&mut self, files: &mut Files) {
        let paths: Vec<String> = files.keys().filter(|path| *path != ".mailmap").cloned().collect();
        if paths.len() < 3 {
            return self.create(files);
        }
        let path = self.dice.pick(&paths).clone();
        match self.dice.below(14) {
            0 | 1 => self.create(files),
            2 => drop(files.remove(&path)),
            3 | 4 => {
                let file = files.remove(&path).unwrap();
                let name = self.name();
                files.insert(name.clone(), file);
                if self.dice.one_in(2) {
                    self.edit(files, &name);
                }
            }
            5 => {
                let copy = files[&path].clone();
                files.insert(self.name(), copy);
            }
            6 => {
                let other = self.dice.pick(&paths).clone();
                let (one, two) = (files[&path].clone(), files[&other].clone());
                files.extend([(path, two), (other, one)]);
            }
            7 => {
                let mode = *self.dice.pick(&["100644", "100755"]);
                files.get_mut(&path).unwrap().0 = mode;
            }
            8 if self.taste.binaries => {
                let bytes: Vec<u8> = (0..self.dice.below(300)).map(|_| self.dice.next() as u8 & 3).collect();
                files.insert(path, ("100644", bytes));
            }
            9 => drop(files.insert(path, ("120000", b"target".to_vec()))),
            _ => self.edit(files, &path),
        }
    }

    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("{}file-{}.{}", self.dice.pick(FOLDERS), self.fresh, self.dice.pick(ENDINGS))
    }

    fn create(&mut self, files: &mut Files) {
        let lines = self.dice.below(40);
        let mut content: String = (0..lines).map(|_| self.line()).collect();
        if self.dice.one_in(5) {
            content.pop();
        }
        let name = self.name();
        files.insert(name, ("100644", content.into_bytes()));
    }

    /// Lines repeat a lot, as in code, so that there is more than one way to see a change.
    fn line(&mut self) -> String {
        match self.dice.below(6) {
            0 => "}\n".to_owned(),
            1 => "\n".to_owned(),
            2 => "    return;\r\n".to_owned(),
            3 => format!("    call_{}();\n", self.dice.below(4)),
            _ => format!("let value_{} = {};\n", self.dice.below(30), self.dice.below(1000)),
        }
    }

    fn edit(&mut self, files: &mut Files, path: &str) {
        let file = files.get_mut(path).unwrap();
        if file.0 == "120000" {
            file.1 = format!("target-{}", self.dice.below(9)).into_bytes();
            return;
        }
        let text = String::from_utf8_lossy(&file.1).into_owned();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        for _ in 0..1 + self.dice.below(4) {
            let at = self.dice.below(lines.len() + 1);
            match self.dice.below(4) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if at < lines.len() => lines[at] = self.line(),
                2 if at + 3 < lines.len() => {
                    let moved: Vec<String> = lines.drain(at..at + 3).collect();
                    let to = self.dice.below(lines.len() + 1);
                    lines.splice(to..to, moved);
                }
                _ => lines.insert(at, self.line()),
            }
        }
        files.get_mut(path).unwrap().1 = lines.concat().into_bytes();
    }

    fn message(&mut self, is_merge: bool) -> String {
        let mark = self.subjects.len();
        let earlier = self.dice.pick(&self.subjects).clone();
        let subject = match self.dice.below(8) {
            _ if is_merge => format!("Merge pull request #{mark} from x/branch-{mark}"),
            0 => format!("Fix a crash in {mark}"),
            1 => format!("fix: thing {mark}"),
            2 if mark > 1 => format!("Revert \"{earlier}\""),
            3 => format!("Reapply \"{earlier}\""),
            4 => format!("Add thing {mark} (#{mark})"),
            _ => format!("Add thing {mark}"),
        };
        self.subjects.push(subject.clone());
        format!("{subject}{}", self.dice.pick(TRAILERS))
    }

    fn commit(&mut self, branch: &'static str, parents: &[usize], files: Files) {
        let message = self.message(parents.len() > 1);
        let mark = self.subjects.len() - 1;
        let (name, email) = *self.dice.pick(PEOPLE);
        let seconds = START + mark as i64 * 200_000 - (self.dice.below(3) * 500_000) as i64;
        let mut head = format!("commit refs/heads/{branch}\nmark :{mark}\n");
        head += &format!("author {name} <{email}> {seconds} +0100\ncommitter {name} <{email}> {seconds} +0000\n");
        head += &format!("data {}\n{message}\n", message.len());
        for (at, parent) in parents.iter().enumerate() {
            head += &format!("{} :{parent}\n", if at == 0 { "from" } else { "merge" });
        }
        self.stream.extend_from_slice(head.as_bytes());
        self.stream.extend_from_slice(b"deleteall\n");
        for (path, (mode, content)) in &files {
            self.stream.extend_from_slice(format!("M {mode} inline {path}\ndata {}\n", content.len()).as_bytes());
            self.stream.extend_from_slice(content);
            self.stream.push(b'\n');
        }
        self.stream.push(b'\n');
        self.branches.insert(branch, (mark, files));
    }
}
