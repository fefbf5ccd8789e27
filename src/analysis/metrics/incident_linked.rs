//! *What it measures*: how often a change is named as the cause of an incident.
//! *Why*: incidents are what the other outcomes are meant to warn of.
//! *Definition*: an imported incident names the change's commit or pull request as its cause.
//! *Caveats*: an incident that names nobody is linked to nobody; time alone never links.
//! *References*: the table of joins in the README of incidents.

use super::{Needs, Outcome};

pub(super) const OUTCOME: Outcome = Outcome {
    id: "incident_linked",
    title: "Named as the cause of an incident",
    short: "Incident-linked",
    question: "How often were changes named as the cause of an incident?",
    happened: "were named as the cause of an incident",
    definition: "An imported incident names a commit or the pull request of the change as its cause. A change is never \
                 blamed because it was deployed shortly before.",
    caveats: &["Incidents that name no commit or pull request are linked to nothing."],
    query: "incident_linked",
    listing: "incident_changes",
    needs: Needs::Incidents,
    is_headline: true,
    is_rare: false,
};
