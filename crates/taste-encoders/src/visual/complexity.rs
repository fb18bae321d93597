//! How much there is: quadtree leaves, colours, flat areas, white and black.

use super::working::{FINE, Working};

/// 7 numbers: the groups from the quadtree to the share of black.
pub(super) fn measure(working: &Working, raw: &mut Vec<f64>) {
    let pyramid = Pyramid::of(&working.luma);
    for deviation in [0.02, 0.1] {
        let leaves = pyramid.leaves(deviation * deviation);
        raw.push(libm::log10(f64::from(leaves) / Pyramid::MOST_LEAVES));
    }
    let cells = working.rgb.len() as f64;
    let mut counts = vec![0u16; 4096];
    for &[r, g, b] in &working.rgb {
        counts[usize::from(r >> 4) << 8 | usize::from(g >> 4) << 4 | usize::from(b >> 4)] += 1;
    }
    let colours = counts.iter().filter(|&&count| count > 0).count();
    let most = counts.iter().copied().max().unwrap_or(0);
    raw.push(libm::log10(colours as f64));
    raw.push(f64::from(most) / cells);
    raw.push(pyramid.flat_blocks());
    let share =
        |test: fn(&[f64; 3]) -> bool| working.lab.iter().filter(|pixel| test(pixel)).count() as f64 / cells;
    raw.push(share(|[l, a, b]| *l > 95.0 && a * a + b * b < 25.0));
    raw.push(share(|[l, _, _]| *l < 12.0));
}

/// Means and mean squares of the luma over blocks of 4, 8, … 128 cells, finest first.
struct Pyramid {
    levels: Vec<Vec<[f64; 2]>>,
}

impl Pyramid {
    /// Cells along the side of the smallest block.
    const SMALLEST: usize = 4;
    /// When every block is divided down to the smallest.
    const MOST_LEAVES: f64 = ((FINE / Self::SMALLEST) * (FINE / Self::SMALLEST)) as f64;

    fn of(luma: &[f64]) -> Self {
        let cells: Vec<[f64; 2]> = luma.iter().map(|&value| [value, value * value]).collect();
        let mut level = halved(&halved(&cells, FINE), FINE / 2);
        let mut levels = Vec::new();
        let mut side = FINE / Self::SMALLEST;
        while side > 1 {
            let next = halved(&level, side);
            levels.push(level);
            level = next;
            side /= 2;
        }
        levels.push(level);
        Self { levels }
    }

    /// Leaves of the quadtree that divides every block whose variance is above `limit`.
    fn leaves(&self, limit: f64) -> u32 {
        self.leaves_under(self.levels.len() - 1, 0, 0, limit)
    }

    fn leaves_under(&self, level: usize, x: usize, y: usize, limit: f64) -> u32 {
        let side = 1 << (self.levels.len() - 1 - level);
        if level == 0 || variance(self.levels[level][y * side + x]) <= limit {
            return 1;
        }
        let quarter = |dx, dy| self.leaves_under(level - 1, 2 * x + dx, 2 * y + dy, limit);
        quarter(0, 0) + quarter(1, 0) + quarter(0, 1) + quarter(1, 1)
    }

    /// The share of 8 × 8 blocks whose luma deviates by less than 0.01.
    fn flat_blocks(&self) -> f64 {
        let blocks = &self.levels[1];
        blocks.iter().filter(|block| variance(**block) < 1e-4).count() as f64 / blocks.len() as f64
    }
}

fn variance([mean, square]: [f64; 2]) -> f64 {
    square - mean * mean
}

/// A plane of `side` × `side`, every 2 × 2 averaged.
fn halved(plane: &[[f64; 2]], side: usize) -> Vec<[f64; 2]> {
    let half = side / 2;
    (0..half * half)
        .map(|index| {
            let corner = index / half * 2 * side + index % half * 2;
            [0, 1].map(|k| {
                ((plane[corner][k] + plane[corner + 1][k])
                    + (plane[corner + side][k] + plane[corner + side + 1][k]))
                    / 4.0
            })
        })
        .collect()
}
