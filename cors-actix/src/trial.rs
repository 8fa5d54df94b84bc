//! A policy on trial, which is compared with the policy in force and has no effect on requests.

use std::sync::Arc;

use actix_web::dev::RequestHead;
use cors_core::{CompiledPolicy, Decision, Difference, Request as _, RequestHeader, is_same_origin};

use crate::layer::answers::LayerAnswers;
use crate::layer::listeners::Trial;
use crate::origin_source::OriginSource;
use crate::request::RequestView;

/// The answers that the policy on trial would give in a layer.
pub(crate) struct TrialAnswers<F>(pub(crate) F);

impl<F: Fn() -> Arc<LayerAnswers> + Send + Sync> Trial for TrialAnswers<F> {
    fn compare(
        &self,
        current: (&CompiledPolicy, Decision),
        request: &RequestView<'_>,
        head: &RequestHead,
    ) -> Option<Difference> {
        let next = self.0();
        let decision = next.decide(request);
        let decision = match decision.is_refusal() && !is_same_origin(request) {
            true if is_known_to_function(&next, current, request, head) => decision.granted(),
            _ => decision,
        };
        let difference = Difference::between(current, (next.policy(), decision), request)?;
        Some(difference.in_layer(next.settings.place))
    }
}

/// Whether the function of the layer grants an origin that the policy on trial does not list.
fn is_known_to_function(
    next: &LayerAnswers,
    (policy, decision): (&CompiledPolicy, Decision),
    request: &RequestView<'_>,
    head: &RequestHead,
) -> bool {
    let Some(source) = &next.settings.origin_source else { return false };
    let origin = request.field(RequestHeader::Origin);
    let Ok(origin) = next.policy().origin_for_function(origin) else { return false };
    if policy.decide(request).is_refusal() {
        // The policy in force does not list the origin either, so the decision is already that of the function.
        return !decision.is_refusal();
    }
    match source {
        OriginSource::Sync(is_known) => is_known(&origin, head),
        // Waiting for the function would delay the response.
        OriginSource::Async(_) => false,
    }
}
