//! tastemaker-web
