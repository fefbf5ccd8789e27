//! What became of it, judged blind to who wrote it.
