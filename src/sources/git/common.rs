//! How much two texts share at either end.

/// Bytes compared at once while looking for where two texts part, less and less near that place.
const CHUNKS: [usize; 3] = [4096, 256, 16];

/// Bytes that are the same at the start.
pub(super) fn head(old: &[u8], new: &[u8]) -> usize {
    let mut same = 0;
    for size in CHUNKS {
        let chunks = old[same..].chunks_exact(size).zip(new[same..].chunks_exact(size));
        same += size * chunks.take_while(|(a, b)| a == b).count();
    }
    let rest = old[same..].iter().zip(&new[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Bytes that are the same at the end.
pub(super) fn tail(old: &[u8], new: &[u8]) -> usize {
    let mut same = 0;
    for size in CHUNKS {
        let [old, new] = [old, new].map(|text| text[..text.len() - same].rchunks_exact(size));
        same += size * old.zip(new).take_while(|(a, b)| a == b).count();
    }
    let rest = old[..old.len() - same].iter().rev().zip(new[..new.len() - same].iter().rev());
    same + rest.take_while(|(a, b)| a == b).count()
}
