//! One hundred handlers on static and on dynamic paths, each with and without `#[cors]`.

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get};
use cors_actix::cors;

const BODY: &str = r#"{"id":17,"name":"a thing of no importance","tags":["small","blue"]}"#;

fn response() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(BODY)
}

/// Generates four modules with the listed handlers. Each module has a function that registers its first `count`
/// handlers.
macro_rules! handlers {
    ($($name:ident $static_path:tt $dynamic_path:tt,)*) => {
        pub mod plain_static {
            use super::*;

            $(
                #[get($static_path)]
                async fn $name() -> HttpResponse {
                    response()
                }
            )*

            register!($($name)*);
        }

        pub mod plain_dynamic {
            use super::*;

            $(
                #[get($dynamic_path)]
                async fn $name() -> HttpResponse {
                    response()
                }
            )*

            register!($($name)*);
        }

        pub mod annotated_static {
            use super::*;

            $(
                #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
                #[get($static_path)]
                async fn $name() -> HttpResponse {
                    response()
                }
            )*

            register!($($name)*);
        }

        pub mod annotated_dynamic {
            use super::*;

            $(
                #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
                #[get($dynamic_path)]
                async fn $name() -> HttpResponse {
                    response()
                }
            )*

            register!($($name)*);
        }
    };
}

macro_rules! register {
    ($($name:ident)*) => {
        pub fn register(config: &mut ServiceConfig, count: usize) {
            let mut registered = 0;
            $(
                if registered < count {
                    config.service($name);
                    registered += 1;
                }
            )*
        }
    };
}

handlers! {
    r0 "/api/v1/r0" "/api/v1/r0/{id}",
    r1 "/api/v1/r1" "/api/v1/r1/{id}",
    r2 "/api/v1/r2" "/api/v1/r2/{id}",
    r3 "/api/v1/r3" "/api/v1/r3/{id}",
    r4 "/api/v1/r4" "/api/v1/r4/{id}",
    r5 "/api/v1/r5" "/api/v1/r5/{id}",
    r6 "/api/v1/r6" "/api/v1/r6/{id}",
    r7 "/api/v1/r7" "/api/v1/r7/{id}",
    r8 "/api/v1/r8" "/api/v1/r8/{id}",
    r9 "/api/v1/r9" "/api/v1/r9/{id}",
    r10 "/api/v1/r10" "/api/v1/r10/{id}",
    r11 "/api/v1/r11" "/api/v1/r11/{id}",
    r12 "/api/v1/r12" "/api/v1/r12/{id}",
    r13 "/api/v1/r13" "/api/v1/r13/{id}",
    r14 "/api/v1/r14" "/api/v1/r14/{id}",
    r15 "/api/v1/r15" "/api/v1/r15/{id}",
    r16 "/api/v1/r16" "/api/v1/r16/{id}",
    r17 "/api/v1/r17" "/api/v1/r17/{id}",
    r18 "/api/v1/r18" "/api/v1/r18/{id}",
    r19 "/api/v1/r19" "/api/v1/r19/{id}",
    r20 "/api/v1/r20" "/api/v1/r20/{id}",
    r21 "/api/v1/r21" "/api/v1/r21/{id}",
    r22 "/api/v1/r22" "/api/v1/r22/{id}",
    r23 "/api/v1/r23" "/api/v1/r23/{id}",
    r24 "/api/v1/r24" "/api/v1/r24/{id}",
    r25 "/api/v1/r25" "/api/v1/r25/{id}",
    r26 "/api/v1/r26" "/api/v1/r26/{id}",
    r27 "/api/v1/r27" "/api/v1/r27/{id}",
    r28 "/api/v1/r28" "/api/v1/r28/{id}",
    r29 "/api/v1/r29" "/api/v1/r29/{id}",
    r30 "/api/v1/r30" "/api/v1/r30/{id}",
    r31 "/api/v1/r31" "/api/v1/r31/{id}",
    r32 "/api/v1/r32" "/api/v1/r32/{id}",
    r33 "/api/v1/r33" "/api/v1/r33/{id}",
    r34 "/api/v1/r34" "/api/v1/r34/{id}",
    r35 "/api/v1/r35" "/api/v1/r35/{id}",
    r36 "/api/v1/r36" "/api/v1/r36/{id}",
    r37 "/api/v1/r37" "/api/v1/r37/{id}",
    r38 "/api/v1/r38" "/api/v1/r38/{id}",
    r39 "/api/v1/r39" "/api/v1/r39/{id}",
    r40 "/api/v1/r40" "/api/v1/r40/{id}",
    r41 "/api/v1/r41" "/api/v1/r41/{id}",
    r42 "/api/v1/r42" "/api/v1/r42/{id}",
    r43 "/api/v1/r43" "/api/v1/r43/{id}",
    r44 "/api/v1/r44" "/api/v1/r44/{id}",
    r45 "/api/v1/r45" "/api/v1/r45/{id}",
    r46 "/api/v1/r46" "/api/v1/r46/{id}",
    r47 "/api/v1/r47" "/api/v1/r47/{id}",
    r48 "/api/v1/r48" "/api/v1/r48/{id}",
    r49 "/api/v1/r49" "/api/v1/r49/{id}",
    r50 "/api/v1/r50" "/api/v1/r50/{id}",
    r51 "/api/v1/r51" "/api/v1/r51/{id}",
    r52 "/api/v1/r52" "/api/v1/r52/{id}",
    r53 "/api/v1/r53" "/api/v1/r53/{id}",
    r54 "/api/v1/r54" "/api/v1/r54/{id}",
    r55 "/api/v1/r55" "/api/v1/r55/{id}",
    r56 "/api/v1/r56" "/api/v1/r56/{id}",
    r57 "/api/v1/r57" "/api/v1/r57/{id}",
    r58 "/api/v1/r58" "/api/v1/r58/{id}",
    r59 "/api/v1/r59" "/api/v1/r59/{id}",
    r60 "/api/v1/r60" "/api/v1/r60/{id}",
    r61 "/api/v1/r61" "/api/v1/r61/{id}",
    r62 "/api/v1/r62" "/api/v1/r62/{id}",
    r63 "/api/v1/r63" "/api/v1/r63/{id}",
    r64 "/api/v1/r64" "/api/v1/r64/{id}",
    r65 "/api/v1/r65" "/api/v1/r65/{id}",
    r66 "/api/v1/r66" "/api/v1/r66/{id}",
    r67 "/api/v1/r67" "/api/v1/r67/{id}",
    r68 "/api/v1/r68" "/api/v1/r68/{id}",
    r69 "/api/v1/r69" "/api/v1/r69/{id}",
    r70 "/api/v1/r70" "/api/v1/r70/{id}",
    r71 "/api/v1/r71" "/api/v1/r71/{id}",
    r72 "/api/v1/r72" "/api/v1/r72/{id}",
    r73 "/api/v1/r73" "/api/v1/r73/{id}",
    r74 "/api/v1/r74" "/api/v1/r74/{id}",
    r75 "/api/v1/r75" "/api/v1/r75/{id}",
    r76 "/api/v1/r76" "/api/v1/r76/{id}",
    r77 "/api/v1/r77" "/api/v1/r77/{id}",
    r78 "/api/v1/r78" "/api/v1/r78/{id}",
    r79 "/api/v1/r79" "/api/v1/r79/{id}",
    r80 "/api/v1/r80" "/api/v1/r80/{id}",
    r81 "/api/v1/r81" "/api/v1/r81/{id}",
    r82 "/api/v1/r82" "/api/v1/r82/{id}",
    r83 "/api/v1/r83" "/api/v1/r83/{id}",
    r84 "/api/v1/r84" "/api/v1/r84/{id}",
    r85 "/api/v1/r85" "/api/v1/r85/{id}",
    r86 "/api/v1/r86" "/api/v1/r86/{id}",
    r87 "/api/v1/r87" "/api/v1/r87/{id}",
    r88 "/api/v1/r88" "/api/v1/r88/{id}",
    r89 "/api/v1/r89" "/api/v1/r89/{id}",
    r90 "/api/v1/r90" "/api/v1/r90/{id}",
    r91 "/api/v1/r91" "/api/v1/r91/{id}",
    r92 "/api/v1/r92" "/api/v1/r92/{id}",
    r93 "/api/v1/r93" "/api/v1/r93/{id}",
    r94 "/api/v1/r94" "/api/v1/r94/{id}",
    r95 "/api/v1/r95" "/api/v1/r95/{id}",
    r96 "/api/v1/r96" "/api/v1/r96/{id}",
    r97 "/api/v1/r97" "/api/v1/r97/{id}",
    r98 "/api/v1/r98" "/api/v1/r98/{id}",
    r99 "/api/v1/r99" "/api/v1/r99/{id}",
}
