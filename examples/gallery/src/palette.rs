//! Twelve palettes, shared by all families.

/// A colour, 8 bits a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    const fn hex(code: u32) -> Self {
        Self((code >> 16) as u8, (code >> 8) as u8, code as u8)
    }

    /// Perceived lightness, 0 to 1 (Rec. 601 weights, rounded).
    pub fn lightness(self) -> f64 {
        (0.3 * f64::from(self.0) + 0.59 * f64::from(self.1) + 0.11 * f64::from(self.2)) / 255.0
    }

    /// Red over blue: how warm it looks.
    pub(crate) fn warmth(self) -> i32 {
        i32::from(self.0) - i32::from(self.2)
    }

    /// The colour at `t` of the way to `other`.
    pub(crate) fn mix(self, other: Self, t: f64) -> Self {
        let t = t.clamp(0.0, 1.0);
        let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Paper, ink and four colours.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Its name.
    pub name: &'static str,
    /// The ground.
    pub paper: Colour,
    /// What stands out most against it.
    pub ink: Colour,
    /// The rest.
    pub colours: [Colour; 4],
}

impl Palette {
    const fn new(name: &'static str, codes: [u32; 6]) -> Self {
        Self {
            name,
            paper: Colour::hex(codes[0]),
            ink: Colour::hex(codes[1]),
            colours: [
                Colour::hex(codes[2]),
                Colour::hex(codes[3]),
                Colour::hex(codes[4]),
                Colour::hex(codes[5]),
            ],
        }
    }

    /// Whether the ground is dark.
    pub fn is_dark(&self) -> bool {
        self.paper.lightness() < 0.35
    }

    /// The four colours, lightest first.
    pub(crate) fn by_lightness(&self) -> [Colour; 4] {
        let mut colours = self.colours;
        colours.sort_by(|a, b| b.lightness().total_cmp(&a.lightness()));
        colours
    }
}

/// The twelve.
pub const PALETTES: [Palette; 12] = [
    Palette::new("harbour", [0xece7db, 0x1c2a3a, 0x27506b, 0x86a9ad, 0xdd9350, 0xb8432f]),
    Palette::new("nightbus", [0x12151f, 0xf3ead9, 0x31447c, 0xe4572e, 0xf2b134, 0x79b8a2]),
    Palette::new("lichen", [0xe5e7da, 0x22302a, 0x5b7553, 0xa3b18a, 0xc9b458, 0x8a4f3d]),
    Palette::new("riso", [0xf6f3ec, 0x1f1f24, 0xf2564a, 0x2a55d0, 0xffc83d, 0x1e8f6b]),
    Palette::new("ash", [0xececea, 0x161616, 0x2e2e2e, 0x6f6f6d, 0xa9a9a6, 0xd0d0cc]),
    Palette::new("plum", [0xf2e6e8, 0x2b1630, 0x6e2a5a, 0xc35a7b, 0xefa7a0, 0x3f4c8c]),
    Palette::new("sodium", [0x1a1310, 0xfce9c8, 0xf29f38, 0xc9501c, 0x7f2d1d, 0x66786f]),
    Palette::new("glacier", [0xe8eff2, 0x0d2433, 0x2e6f95, 0x7fb7cc, 0xbcd6de, 0xe58c6a]),
    Palette::new("kelp", [0x0f2422, 0xe6f0dc, 0x2f7566, 0x88b28a, 0xdcc66b, 0xd8704f]),
    Palette::new("chalk", [0x283a35, 0xf2f0e6, 0x6f9a8d, 0xe9c3ae, 0x9fc4ba, 0xdcd468]),
    Palette::new("indigo", [0xe9e5db, 0x16204a, 0x1e2b63, 0x3b519d, 0x93a1cc, 0xc5a468]),
    Palette::new("melon", [0xfbefd9, 0x22323a, 0xee7350, 0xf6b76c, 0x4c918d, 0x1f5a6b]),
];
