//! `.mailmap` as git reads it: one person under one name and address.
//!
//! libgit2's own mailmap compares addresses by case; git does not, and `git check-mailmap` is the oracle.

use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) email: String,
}

/// A new name, a new address, or both.
#[derive(Debug, Clone, Default)]
struct Replacement {
    name: Option<String>,
    email: Option<String>,
}

#[derive(Debug, Default)]
struct Entry {
    /// For the address under any name.
    any: Replacement,
    /// For the address under one name, in lower case.
    named: HashMap<String, Replacement>,
}

/// Old addresses in lower case, and what they become.
#[derive(Debug, Default)]
pub(super) struct Mailmap(HashMap<String, Entry>);

impl Mailmap {
    /// Adds the lines of a mailmap; later lines win over earlier ones.
    pub(super) fn read(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((first, rest)) = name_and_email(line, false) {
                match name_and_email(rest, true) {
                    Some((second, _)) => self.add(first, second),
                    None => self.add((first.0, None), (None, first.1)),
                }
            }
        }
    }

    fn add(&mut self, (new_name, new_email): Parsed, (old_name, old_email): Parsed) {
        let entry = self.0.entry(old_email.unwrap_or_default().to_lowercase()).or_default();
        let replacement = match old_name {
            Some(name) => entry.named.entry(name.to_lowercase()).or_default(),
            None => &mut entry.any,
        };
        replacement.name = new_name.or(replacement.name.take());
        replacement.email = new_email.or(replacement.email.take());
    }

    pub(super) fn resolve(&self, identity: Identity) -> Identity {
        let Some(entry) = self.0.get(&identity.email.to_lowercase()) else { return identity };
        let replacement = entry.named.get(&identity.name.to_lowercase()).unwrap_or(&entry.any);
        Identity {
            name: replacement.name.clone().unwrap_or(identity.name),
            email: replacement.email.clone().unwrap_or(identity.email),
        }
    }
}

type Parsed = (Option<String>, Option<String>);

/// `Name <email>` at the start of `text`, and what follows.
fn name_and_email(text: &str, allow_empty_email: bool) -> Option<(Parsed, &str)> {
    let (name, after) = text.split_once('<')?;
    let (email, rest) = after.split_once('>')?;
    if email.is_empty() && !allow_empty_email {
        return None;
    }
    let name = name.trim();
    Some((((!name.is_empty()).then(|| name.to_owned()), Some(email.to_owned())), rest))
}
