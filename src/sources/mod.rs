//! The outside world, read into rows. All input lives here.
