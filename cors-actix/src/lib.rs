//! CORS for actix-web, declared on the handler and checked by the compiler.
