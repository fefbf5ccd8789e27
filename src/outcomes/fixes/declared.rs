//! What a subject line declares its commit to be: `fix(scope): …`, `[BUGFIX] …`, 🐛, `docs: …`.

use std::sync::LazyLock;

use regex::Regex;

use crate::outcomes::text::pattern;

/// The type a subject declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// A fix of the product.
    Fix,
    /// A fix of something that does not ship: documents, tests, the build, dependencies.
    FixElsewhere,
    /// A type that is not a fix.
    Other,
    Nothing,
}

const FIX: &str = "fix fixes fixed bugfix bug-fix hotfix hot-fix bug fix-up";

const OTHER: &str = "feat feature features enh enhancement doc docs documentation chore maint test tests testing tst style sty ci \
    build bld refactor refac cln cleanup cosmetic cosmetics perf revert reverts reapply release rel deps dep bump lint \
    typo wip bench example examples i18n l10n fixup squash changelog readme merge improvement";

/// Scopes of fixes that change nothing a user runs.
const ELSEWHERE: &str = "doc docs documentation readme changelog test tests e2e spec specs ci lint deps dev-deps deps-dev typo typos \
    build release examples workflows workflow website comments";

/// What is mended in such a fix, where it is called and nothing else is: "fix: failing tests".
const CALLED_ELSEWHERE: &str = "test tests specs ci lint lints linter linting typo typos cs eslint prettier stylelint rubocop clippy rustfmt \
    gofmt flake8 pylint isort phpcs phpstan psalm checkstyle spelling docs documentation docstring docstrings javadoc jsdoc readme \
    changelog";
const FILLERS: &str = "a an the in of for on to and some more few minor small another again broken failing failed flaky missing unused \
    fix fixes fixed fixing error errors issue issues warning warnings failure failures resolve resolved resolves update updated \
    add added remove removed run apply code file files unit integration";

/// Whether a subject, its type taken away, calls nothing but what does not ship. Numbers say nothing.
fn is_of_nothing_else(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let mut words =
        said.split(|c: char| !c.is_alphanumeric()).filter(|word| word.contains(|c: char| !c.is_ascii_digit()));
    let mut is_called = false;
    let is_known = |word: &str| {
        is_called |= is_one_of(word, CALLED_ELSEWHERE);
        is_one_of(word, CALLED_ELSEWHERE) || is_one_of(word, FILLERS)
    };
    words.all(is_known) && is_called
}

pub(super) fn declared(subject: &str) -> Declared {
    let Some(found) = may_declare(subject).then(|| TYPE.captures(subject)).flatten() else { return Declared::Nothing };
    if found.name("moji").is_some() {
        return Declared::Fix;
    }
    let of = |group: &str| found.name(group).map_or(String::new(), |m| m.as_str().trim().to_ascii_lowercase());
    let word = [of("type"), of("tag")].concat();
    match word.as_str() {
        word if is_one_of(word, FIX) && is_one_of(&of("scope"), ELSEWHERE) => Declared::FixElsewhere,
        word if is_one_of(word, FIX)
            && of("scope").is_empty()
            && is_of_nothing_else(&subject[found.get(0).map_or(0, |m| m.end())..]) =>
        {
            Declared::FixElsewhere
        }
        word if is_one_of(word, FIX) => Declared::Fix,
        word if is_one_of(word, OTHER) => Declared::Other,
        _ => Declared::Nothing,
    }
}

/// Bytes that a line needs to declare its type.
pub(super) fn declared_length(line: &str) -> usize {
    let found = if declared(line) != Declared::Nothing { TYPE.find(line) } else { None };
    found.map_or(0, |found| found.end())
}

/// Most lines have neither a colon nor a tag nor an emoji.
fn may_declare(line: &str) -> bool {
    line.bytes().any(|byte| matches!(byte, b':' | b'[') || !byte.is_ascii())
}

/// The subject without types, `module: ` and `[tag] ` in front.
pub(super) fn undressed(subject: &str) -> &str {
    static SCOPE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(?:\s*\[(?u:[^\]])+\]|\s*(?u:[^\s:])+(?:, (?u:[^\s:])+)*:\s)*\s*"));
    if !may_declare(subject) {
        return subject.trim_ascii_start();
    }
    let mut said = subject;
    // `🐛 fix: net: `
    for _ in 0..3 {
        said = TYPE.find(said).map_or(said, |found| &said[found.end()..]);
    }
    SCOPE.find(said).map_or(said, |scope| &said[scope.end()..])
}

static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)^\s*(?:
          (?<moji>🐛|🚑|🩹|:bug:|:ambulance:|:adhesive_bandage:)
        | (?:(?u:[^\x00-\x7F])+\s*|:[a-z_]+:\s*)?(?:
            (?<type>[A-Za-z][A-Za-z0-9-]{1,15})(?:[(\[/](?<scope>(?u:[^)\]:])+)[)\]]?)?!?\s*:
          | \[(?<tag>[A-Za-z][A-Za-z-]{1,15})\](?:\[(?u:[^\]])*\])*\s ))",
    )
});

fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_type_is_read_in_every_dress() {
        for subject in [
            "fix: a",
            "fix(core)!: a",
            "Fix: a",
            "bugfix: a",
            "hotfix(x): a",
            "[BUGFIX] a",
            "BUG: a",
            "🐛 a",
            ":bug: a",
            "🐛 fix: a",
            "fix/core: a",
            "[Fix][Core] a",
            "fix: resolve errors",
            "fix: tests of a are run twice",
            "fix(runner): failing tests",
            "fix: resolve conflicts",
        ] {
            assert_eq!(declared(subject), Declared::Fix, "{subject}");
        }
        for subject in [
            "fix(deps): update a",
            "fix(docs): a",
            "fix(ci): a",
            "fix: cs",
            "fix: failing unit tests (#12)",
            "Fix: more eslint warnings",
        ] {
            assert_eq!(declared(subject), Declared::FixElsewhere, "{subject}");
        }
        for subject in [
            "feat: fix a",
            "docs: a",
            "chore(x): fix",
            "[docs] fix",
            "✨ feat: a",
            "fixup! fix: a",
            "DOC: a",
            "BUG(): a",
            "BUGS: a",
        ] {
            assert_ne!(declared(subject), Declared::Fix, "{subject}");
        }
        for subject in ["net: fix a", "Fix a", "prefix: a", "", "fix", "[net] a"] {
            assert_eq!(declared(subject), Declared::Nothing, "{subject}");
        }
    }
}
