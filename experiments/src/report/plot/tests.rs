//! What holds for every kind of picture.
