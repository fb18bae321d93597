//! Drawing SVG: shapes within the file, no fonts, no other files, and a bound on the work.
//!
//! The XML itself is bounded by its size, by refusing entities (which can multiply it), and by `usvg`'s own limit of
//! 1,000,000 elements after `<use>`. What is then drawn is bounded by counting ([`Budget`]), which unlike a
//! clock gives the same answer on every machine.

use std::sync::Mutex;

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Group, ImageHrefResolver, Node, Options, Tree, filter, roxmltree},
};

use taste_preprocess::{Decoded, PreprocessError};

use crate::error::InferenceError;

/// The longest SVG file.
pub const MAX_SVG_BYTES: usize = 4 * 1024 * 1024;
/// The longer side of the drawing, in pixels.
pub const SVG_SIDE: u32 = 256;

/// Whether a file is SVG: XML that opens an `svg` element near its start.
pub(crate) fn looks_like_svg(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    start.starts_with(b"<") && start[..start.len().min(4096)].windows(4).any(|window| window == b"<svg")
}

/// Draws a file.
pub(crate) fn draw(bytes: &[u8]) -> Result<Decoded, InferenceError> {
    if bytes.len() > MAX_SVG_BYTES {
        return Err(too_large(format!("{} bytes of SVG", bytes.len()), format!("{MAX_SVG_BYTES} bytes")));
    }
    let unreadable = |reason: String| InferenceError::from(PreprocessError::ImageUnreadable { reason });
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(format!("SVG: {error}")))?;
    if text.contains("<!ENTITY") {
        return Err(unreadable("SVG with entities".to_owned()));
    }
    let xml_options =
        roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: Budget::NODES * 4, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(text, xml_options).map_err(|error| match error {
            roxmltree::Error::NodesLimitReached => {
                too_large("XML nodes".to_owned(), format!("{}", Budget::NODES * 4))
            }
            other => unreadable(format!("SVG: {other}")),
        })?;

    let reference = Mutex::new(None);
    let note = |found: &str| {
        let start = found.chars().take(40).collect::<String>();
        reference.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(start);
    };
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|media_type, _, _| {
                note(&format!("data:{media_type}"));
                None
            }),
            resolve_string: Box::new(|href, _| {
                note(href);
                None
            }),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&document, &options).map_err(|error| match error {
        usvg::Error::ElementsLimitReached
        | usvg::Error::ParsingFailed(roxmltree::Error::NodesLimitReached) => {
            too_large("SVG elements after <use>".to_owned(), "1000000".to_owned())
        }
        other => unreadable(other.to_string()),
    })?;
    drop(options);
    if let Some(reference) = reference.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        return Err(InferenceError::SvgReference { reference });
    }
    Budget::default().spend_on(tree.root())?;
    render(&tree)
}

fn render(tree: &Tree) -> Result<Decoded, InferenceError> {
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = SVG_SIDE as f32 / width.max(height);
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, SVG_SIDE);
    let (across, down) = (side(width), side(height));
    let mut canvas = Pixmap::new(across, down)
        .ok_or_else(|| PreprocessError::ImageUnreadable { reason: "an SVG without size".to_owned() })?;
    // Each side exactly onto its pixels, also where rounding changed the proportions a little.
    let transform = Transform::from_scale(across as f32 / width, down as f32 / height);
    resvg::render(tree, transform, &mut canvas.as_mut());
    let pixels = canvas.take_demultiplied();
    Ok(Decoded { width: across, height: down, pixels })
}

fn too_large(found: String, limit: String) -> InferenceError {
    PreprocessError::ImageTooLarge { found, limit }.into()
}

/// How much an SVG may ask to be drawn, counting what it draws several times as often.
struct Budget {
    nodes: u32,
    filters: u32,
    depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: Self::NODES, filters: Self::FILTERS, depth: Self::DEPTH }
    }
}

impl Budget {
    const NODES: u32 = 50_000;
    const FILTERS: u32 = 500;
    const OCTAVES: u32 = 16;
    /// Each level of groups with an effect has a canvas of its own while it is drawn.
    const DEPTH: u32 = 100;

    fn spend_on(&mut self, group: &Group) -> Result<(), InferenceError> {
        self.depth = Self::spent(self.depth, Self::DEPTH, "groups within groups")?;
        for filter in group.filters() {
            for primitive in filter.primitives() {
                self.filters = Self::spent(self.filters, Self::FILTERS, "filters")?;
                if let filter::Kind::Turbulence(turbulence) = primitive.kind()
                    && turbulence.num_octaves() > Self::OCTAVES
                {
                    let found = format!("turbulence of {} octaves", turbulence.num_octaves());
                    return Err(too_large(found, Self::OCTAVES.to_string()));
                }
            }
        }
        for node in group.children() {
            self.nodes = Self::spent(self.nodes, Self::NODES, "shapes")?;
            if let Node::Group(inner) = node {
                self.spend_on(inner)?;
            }
            // Patterns, masks and clip paths are drawn again for every shape that uses them.
            let mut result = Ok(());
            node.subroots(|subroot| {
                if result.is_ok() {
                    result = self.spend_on(subroot);
                }
            });
            result?;
        }
        self.depth += 1;
        Ok(())
    }

    fn spent(left: u32, limit: u32, what: &str) -> Result<u32, InferenceError> {
        left.checked_sub(1)
            .ok_or_else(|| too_large(format!("an SVG of over {limit} {what}"), limit.to_string()))
    }
}
