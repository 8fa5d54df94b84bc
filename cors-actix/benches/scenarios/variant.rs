//! The implementations of CORS that are compared, and the parts that they consist of.

/// A variant of the application, by how it does CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// No CORS.
    Bare,
    /// A hand-written middleware that inserts the same headers and decides nothing. Any middleware costs about this much.
    Floor,
    /// `Cors::new`.
    Cors,
    /// `Cors::fallback`.
    Fallback,
    /// `Cors::new` with an origin function that allows no origin.
    OriginFn,
    /// `Cors::new` with a policy that can be replaced.
    #[cfg(feature = "reload")]
    Reload,
    /// No CORS. The handler has a route, instead of being the default service.
    BareHandler,
    /// `#[cors]` on that handler.
    Handler,
    /// actix-cors.
    ActixCors,

    /// A middleware that only puts the body into an `EitherBody`, as every middleware must that can answer by itself.
    Pass,
    /// The floor with `append`.
    FloorAppend,
    /// The floor with `reserve` and `append`.
    FloorReserveAppend,
    /// No CORS, with a guard on the handler.
    BareGuarded,
    /// No CORS, with another handler for the same path before this one.
    BareSecond,
    /// `#[cors]`, with another annotated handler for the same path before this one.
    HandlerSecond,
}

impl Variant {
    pub const ALL: &[Variant] = &[
        Variant::Bare,
        Variant::Floor,
        Variant::Cors,
        Variant::Fallback,
        Variant::OriginFn,
        #[cfg(feature = "reload")]
        Variant::Reload,
        Variant::BareHandler,
        Variant::Handler,
        Variant::ActixCors,
    ];

    /// The variants that show what each part costs.
    pub const PARTS: &[Variant] = &[
        Variant::Pass,
        Variant::Floor,
        Variant::FloorAppend,
        Variant::FloorReserveAppend,
        Variant::Cors,
        Variant::BareGuarded,
        Variant::BareSecond,
        Variant::Handler,
        Variant::HandlerSecond,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Variant::Bare => "bare",
            Variant::Floor => "floor",
            Variant::Cors => "Cors::new",
            Variant::Fallback => "Cors::fallback",
            Variant::OriginFn => "origin_fn",
            #[cfg(feature = "reload")]
            Variant::Reload => "reload",
            Variant::BareHandler => "bare handler",
            Variant::Handler => "#[cors]",
            Variant::ActixCors => "actix-cors",
            Variant::Pass => "EitherBody alone",
            Variant::FloorAppend => "floor, append",
            Variant::FloorReserveAppend => "floor, reserve and append",
            Variant::BareGuarded => "bare, guard",
            Variant::BareSecond => "bare, second",
            Variant::HandlerSecond => "#[cors], second",
        }
    }

    /// The variant without CORS that this one is compared with.
    pub fn without(self) -> Variant {
        match self {
            Variant::Handler | Variant::BareGuarded | Variant::BareSecond | Variant::HandlerSecond => {
                Variant::BareHandler
            }
            Variant::BareHandler => Variant::BareHandler,
            _ => Variant::Bare,
        }
    }
}
