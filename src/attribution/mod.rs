//! Who wrote it: evidence from identities, trailers and text, weighed into an origin.
