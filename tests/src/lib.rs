//! Helpers that the validation suite shares.
