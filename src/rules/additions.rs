//! Entries that a program which uses this library adds to one of its lists at run time.

use std::sync::{PoisonError, RwLock};

/// What was added to a list, in order.
pub struct Additions<T: ?Sized + 'static>(RwLock<Vec<&'static T>>);

impl<T: ?Sized + 'static> Additions<T> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(RwLock::new(Vec::new()))
    }

    /// What there is by now.
    pub fn all(&self) -> Vec<&'static T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds an entry to `listed` and what was added before; `name` tells its name.
    ///
    /// # Errors
    /// A line where one of the same name is there, or the name is not made of lower-case letters, digits and `-`.
    pub fn add<'a>(
        &self,
        entry: &'static T,
        listed: impl Iterator<Item = &'a T>,
        name: impl Fn(&T) -> &str,
    ) -> Result<(), String> {
        let own = name(entry);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if own.is_empty() || !own.chars().all(fits) {
            return Err(format!("a name should be lower-case letters, digits and -, but is '{own}'"));
        }
        let mut added = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if listed.map(&name).any(|other| other == own) || added.iter().any(|other| name(other) == own) {
            return Err(format!("there is a '{own}' already: take another name"));
        }
        added.push(entry);
        Ok(())
    }
}

impl<T: ?Sized + 'static> Default for Additions<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_once() {
        static ADDED: Additions<str> = Additions::new();
        let add = |name| ADDED.add(name, ["bce"].into_iter(), |name| name);
        assert_eq!(add("own"), Ok(()));
        for (name, says) in
            [("own", "there is a 'own'"), ("bce", "there is a 'bce'"), ("a+b", "is 'a+b'"), ("", "is ''")]
        {
            assert!(add(name).unwrap_err().contains(says), "{name}");
        }
        assert_eq!(ADDED.all(), ["own"]);
    }
}
