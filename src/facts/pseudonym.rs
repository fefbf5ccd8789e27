//! Pseudonyms: the same person gets the same name within a lake, and nobody else can compute it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Text;

/// The lake's secret; it stays in the lake.
#[derive(Clone)]
pub struct PeopleKey(pub [u8; 32]);

impl PeopleKey {
    /// The pseudonym of an identity after `.mailmap`: `p_` and twelve digits. The address decides, whatever
    /// name it is used under; the name does where there is no address. Case does not matter.
    pub fn pseudonym(&self, name: &str, email: &str) -> Text {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return "p_".into() };
        let who = if email.is_empty() { name } else { email };
        mac.update(who.to_lowercase().as_bytes());
        let digest = mac.finalize().into_bytes();
        let digits: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("p_{digits}").into()
    }
}
