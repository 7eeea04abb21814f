//! The one hash map alias and the stable hashes.
//!
//! Maps use ahash with fixed seeds: the same order in every run of one build. Keys and digests, which must agree
//! between machines and versions, use [`text_hash`] and [`mix`], whose values never change.

use xxhash_rust::xxh3::xxh3_64;

/// Hash map with fixed seeds; never iterate it into output without sorting.
pub type Map<K, V> = std::collections::HashMap<K, V, ahash::RandomState>;
/// Hash set with fixed seeds; never iterate it into output without sorting.
pub type Set<K> = std::collections::HashSet<K, ahash::RandomState>;

const fn state() -> ahash::RandomState {
    ahash::RandomState::with_seeds(
        0x243f_6a88_85a3_08d3,
        0x1319_8a2e_0370_7344,
        0xa409_3822_299f_31d0,
        0x082e_fa98_ec4e_6c89,
    )
}

/// An empty map.
pub fn map<K, V>() -> Map<K, V> {
    Map::with_hasher(state())
}

/// An empty map with room for `capacity` entries.
pub fn map_with_capacity<K, V>(capacity: usize) -> Map<K, V> {
    Map::with_capacity_and_hasher(capacity, state())
}

/// An empty set.
pub fn set<K>() -> Set<K> {
    Set::with_hasher(state())
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    bytes.iter().flat_map(digits).collect()
}

/// Stable 128-bit digest of much data, by which what belongs together is known (XXH3): it is no seal against forgers.
#[derive(Default)]
pub struct Digest(xxhash_rust::xxh3::Xxh3Default, Vec<u8>);

impl Digest {
    /// Bytes that are digested together: many small pieces cost more than what is in them.
    const PIECE: usize = 1 << 16;

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        if bytes.len() >= Self::PIECE {
            self.0.update(&self.1);
            self.1.clear();
            return self.0.update(bytes);
        }
        self.1.extend_from_slice(bytes);
        if self.1.len() >= Self::PIECE {
            self.0.update(&self.1);
            self.1.clear();
        }
    }

    /// The digest of all bytes, as hexadecimal digits.
    pub fn finish(mut self) -> String {
        self.0.update(&self.1);
        hex(&self.0.digest128().to_be_bytes())
    }
}

/// Stable 64-bit hash of bytes (XXH3).
#[inline]
pub fn text_hash(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// Stable mix of two words into one: a folded 64 × 64 multiply, as in wyhash, and a finisher that spreads neighbouring
/// inputs. Not symmetric.
#[inline]
pub const fn mix(a: u64, b: u64) -> u64 {
    let wide = (a ^ 0x9e37_79b9_7f4a_7c15) as u128 * (b ^ 0xd1b5_4a32_d192_ed03) as u128;
    let folded = (wide as u64) ^ ((wide >> 64) as u64) ^ a.rotate_left(17);
    let spread = (folded ^ folded >> 32).wrapping_mul(0x9fb2_1c65_1e98_df25);
    spread ^ spread >> 29
}

#[cfg(test)]
mod tests {
    use super::{mix, text_hash};

    #[test]
    fn values_that_are_stored_never_change() {
        assert_eq!(text_hash(b"rewash"), 0x6336_bf94_2eb8_f10d);
        assert_eq!(mix(1, 2), 0x56d1_b885_466f_f43d);
        assert_ne!(mix(1, 2), mix(2, 1));
        assert_ne!(mix(0, 0), 0);
    }
}
