//! Synthetic pictures by integer formulas, the same as in data/make.py.

use taste_encoders::Rgba;

/// A picture in memory.
pub(crate) struct Picture {
    width: u32,
    height: u32,
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    /// `waves`, `checks` or `noise` (which is partly transparent).
    pub(crate) fn named(name: &str, width: u32, height: u32) -> Self {
        let mut pixels = Vec::new();
        for y in 0..u64::from(height) {
            for x in 0..u64::from(width) {
                pixels.extend(match name {
                    "waves" => [
                        (x * 255 / u64::from(width - 1).max(1)) as u8,
                        (x * y) as u8,
                        (y * 255 / u64::from(height - 1).max(1)) as u8,
                        255,
                    ],
                    "checks" => {
                        let on = ((x / 16 + y / 16) % 2 * 255) as u8;
                        [on, on / 2 + 40, 200 - on / 2, 255]
                    }
                    "noise" => {
                        let hash = ((x * 374_761_393 + y * 668_265_263) & 0xFFFF_FFFF) as u32;
                        (hash ^ (hash >> 13)).wrapping_mul(1_274_126_177).to_be_bytes()
                    }
                    _ => panic!("no picture {name}"),
                });
            }
        }
        Self { width, height, pixels }
    }

    pub(crate) fn rgba(&self) -> Rgba<'_> {
        Rgba { width: self.width, height: self.height, pixels: &self.pixels }
    }
}
