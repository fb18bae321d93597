//! Titles: a word of mood and a thing, unique within a family.

use crate::{Family, random::Random};

type Words = [&'static str; 12];

fn words(family: Family) -> (Words, Words) {
    match family {
        Family::Drift => (
            [
                "Slow", "Late", "Low", "North", "Second", "Quiet", "Salt", "Turning", "Borrowed", "Evening",
                "Long", "Unsent",
            ],
            [
                "weather",
                "current",
                "migration",
                "wind",
                "letter",
                "field",
                "river",
                "murmur",
                "tide",
                "meadow",
                "rumour",
                "swell",
            ],
        ),
        Family::Tessera => (
            [
                "Kitchen",
                "Blue",
                "Station",
                "Ninth",
                "Loose",
                "Winter",
                "Public",
                "Paper",
                "Corner",
                "Summer",
                "Double",
                "Founder’s",
            ],
            [
                "floor",
                "courtyard",
                "alphabet",
                "arcade",
                "game",
                "argument",
                "bath",
                "market",
                "cipher",
                "stair",
                "orchestra",
                "window",
            ],
        ),
        Family::Pebble => (
            [
                "Small", "Wet", "Patient", "Sunday", "Borrowed", "Round", "Distant", "Warm", "Shy", "Common",
                "Early", "Spare",
            ],
            [
                "company",
                "stones",
                "crowd",
                "harvest",
                "moons",
                "chorus",
                "planets",
                "buttons",
                "audience",
                "orchard",
                "marbles",
                "parliament",
            ],
        ),
        Family::Shore => (
            [
                "Ferry", "Far", "Before", "Last", "Winter", "Salt", "Eastern", "After", "Dry", "First",
                "Lantern", "Idle",
            ],
            [
                "shore", "light", "island", "morning", "headland", "crossing", "valley", "harbour",
                "horizon", "dusk", "pass", "desert",
            ],
        ),
        Family::Loom => (
            [
                "Plain",
                "Aunt’s",
                "Market",
                "Sleeper",
                "Narrow",
                "Festival",
                "Mended",
                "Border",
                "School",
                "Harvest",
                "Sunday",
                "Painter’s",
            ],
            [
                "cloth", "blanket", "selvedge", "ribbon", "draft", "coat", "shawl", "apron", "banner",
                "cushion", "rug", "scarf",
            ],
        ),
        Family::Contour => (
            [
                "Inner", "Soft", "Tidal", "Old", "Ninety", "Unmapped", "Deep", "Folded", "Sleeping",
                "Hidden", "Wide", "Second",
            ],
            [
                "survey",
                "coral",
                "hills",
                "thumbprint",
                "fathoms",
                "maze",
                "basin",
                "zebra",
                "plateau",
                "echo",
                "delta",
                "bark",
            ],
        ),
    }
}

/// The title of a family's work; repeats only after 144 works.
pub(crate) fn title(family: Family, number: u32) -> String {
    let (moods, things) = words(family);
    let mut order: Vec<usize> = (0..144).collect();
    Random::from_seed(&format!("tastemaker/titles/{}", family.name())).shuffle(&mut order);
    let index = order[(number as usize).wrapping_sub(1) % 144];
    format!("{} {}", moods[index % 12], things[index / 12])
}
