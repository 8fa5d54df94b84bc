//! Counters of decisions and refusals, through the facade `metrics`.
//!
//! The labels have few values: the codes of decisions and refusals, and the places of layers in the source. The origin is not
//! a label, because a client can send any number of origins.

use actix_web::http::StatusCode;
use metrics::counter;

use crate::layer::place::Place;
use crate::record::Entry;

/// Counts the decision about a request, and the refusal if there is one. Only the first layer that reports is counted,
/// which is the one that is nearest to the handler.
pub(crate) fn count(entry: &Entry, status: StatusCode) {
    if !entry.counts() {
        return;
    }
    let decision = entry.decision();
    if let Some((decision, place)) = decision {
        let layer = place.to_string();
        counter!("cors_decisions_total", "decision" => decision.code(), "layer" => layer).increment(1);
    }
    if let Some(difference) = entry.difference() {
        let next = difference.0.next().code();
        let layer = layer(decision.map(|(_, place)| place));
        counter!("cors_trial_differences_total", "next" => next, "layer" => layer).increment(1);
    }
    // Browsers do not apply CORS to WebSockets, so an opened WebSocket was not refused.
    if let Some(refused) = entry.refused().filter(|_| status != StatusCode::SWITCHING_PROTOCOLS) {
        let (code, layer) = (refused.refusal.code(), layer(refused.place));
        counter!("cors_refusals_total", "reason" => code, "layer" => layer).increment(1);
    }
}

fn layer(place: Option<Place>) -> String {
    place.map_or_else(|| "none".to_owned(), |place| place.to_string())
}
