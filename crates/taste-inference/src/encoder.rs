//! Encoders: content in, embedding out, whatever is behind.

use std::path::Path;

use taste_core::{Embedding, EncoderId};
use taste_preprocess::{NetworkKind, mean, read_wav};

use crate::{error::InferenceError, image::Picture, network::Network, runtime::Runtime};

/// A candidate's content: its declared media type, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// `image/…`, `text/…`, `audio/…` or, of a palette, `application/json`. It decides what the content is; a picture's
    /// format is read from its bytes, and sounds are WAV files.
    pub media_type: &'a str,
    /// The file's bytes, the text's UTF-8, or a palette's JSON (`["#aabbcc", …]`).
    pub bytes: &'a [u8],
}

/// A frozen function from content to embeddings.
#[derive(Debug)]
pub struct Encoder {
    id: EncoderId,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Visual,
    Text,
    Palette,
    Audio,
    Network(Box<Network>),
}

/// What an encoder takes.
enum Embeds {
    Pictures,
    Texts,
    Sounds,
    Palettes,
}

impl Encoder {
    /// A built-in encoder: `visual@1`, `text@1`, `palette@1` or `audio@1`. Needs no ONNX Runtime.
    ///
    /// # Errors
    /// [`InferenceError::UnknownEncoder`].
    pub fn builtin(id: &str) -> Result<Self, InferenceError> {
        let kind = match id {
            taste_encoders::VISUAL_ID => Kind::Visual,
            taste_encoders::TEXT_ID => Kind::Text,
            taste_encoders::PALETTE_ID => Kind::Palette,
            taste_encoders::AUDIO_ID => Kind::Audio,
            _ => return Err(InferenceError::UnknownEncoder { found: id.chars().take(64).collect() }),
        };
        Ok(Self { id: id.into(), kind })
    }

    /// A network, by its [`Manifest`](crate::Manifest) file.
    ///
    /// # Errors
    /// [`InferenceError::File`], [`InferenceError::Preprocess`] (a manifest, digest, tokenizer or graph that is refused),
    /// [`InferenceError::GraphUnreadable`], and [`InferenceError::ForeignGraph`] when the graph is not what the manifest says.
    pub fn from_file(runtime: &Runtime, manifest: &Path) -> Result<Self, InferenceError> {
        let network = Network::from_file(runtime, manifest)?;
        Ok(Self { id: network.id.as_str().into(), kind: Kind::Network(Box::new(network)) })
    }

    /// Its id, which tags every embedding.
    pub fn id(&self) -> &EncoderId {
        &self.id
    }

    /// How many numbers its embeddings have.
    pub fn dimension(&self) -> usize {
        match &self.kind {
            Kind::Visual => taste_encoders::VISUAL_DIMENSION,
            Kind::Text => taste_encoders::TEXT_DIMENSION,
            Kind::Palette => taste_encoders::PALETTE_DIMENSION,
            Kind::Audio => taste_encoders::AUDIO_DIMENSION,
            Kind::Network(network) => network.manifest.dimension,
        }
    }

    /// Whether it embeds content of this media type.
    pub fn accepts(&self, media_type: &str) -> bool {
        let start = match self.embeds() {
            Embeds::Pictures => "image/",
            Embeds::Texts => "text/",
            Embeds::Sounds => "audio/",
            Embeds::Palettes => "application/json",
        };
        media_type.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
    }

    /// Embeds one piece of content.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] for content of another kind, [`InferenceError::FilmUndecoded`] for a film where pictures are
    /// embedded; for pictures those of [`Picture::decode`], for texts [`InferenceError::NotUtf8`], for sounds those of
    /// [`read_wav`](taste_preprocess::read_wav), for palettes [`InferenceError::NoPalette`]; those of the encoder itself.
    pub fn embed(&self, content: &Content<'_>) -> Result<Embedding, InferenceError> {
        let film = content.media_type.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("video/"));
        match self.embeds() {
            Embeds::Pictures if film => Err(InferenceError::FilmUndecoded {
                media_type: content.media_type.chars().take(64).collect(),
            }),
            Embeds::Pictures => {
                self.check_kind(content)?;
                self.embed_picture(&Picture::decode(content.bytes)?)
            }
            Embeds::Texts => self.embed_text(self.text(content)?),
            Embeds::Sounds => {
                self.check_kind(content)?;
                let (rate, samples) = read_wav(content.bytes)?;
                self.embed_sound(rate, &samples)
            }
            Embeds::Palettes => {
                self.check_kind(content)?;
                Ok(taste_encoders::palette(&colours(content.bytes)?)?)
            }
        }
    }

    fn check_kind(&self, content: &Content<'_>) -> Result<(), InferenceError> {
        if self.accepts(content.media_type) {
            return Ok(());
        }
        Err(InferenceError::WrongKind {
            encoder: self.id.to_string(),
            media_type: content.media_type.chars().take(64).collect(),
        })
    }

    /// Content's text, for an encoder of texts.
    pub(crate) fn text<'a>(&self, content: &Content<'a>) -> Result<&'a str, InferenceError> {
        self.check_kind(content)?;
        std::str::from_utf8(content.bytes)
            .map_err(|error| InferenceError::NotUtf8 { valid_up_to: error.valid_up_to() })
    }

    /// The network, where it is one that embeds texts.
    pub(crate) fn text_network(&self) -> Option<&Network> {
        match &self.kind {
            Kind::Network(network) if network.manifest.kind == NetworkKind::Text => Some(network),
            _ => None,
        }
    }

    /// Embeds a decoded picture.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] when it is an encoder of texts; those of the encoder itself.
    pub fn embed_picture(&self, picture: &Picture) -> Result<Embedding, InferenceError> {
        match &self.kind {
            Kind::Visual => Ok(taste_encoders::visual(&picture.rgba())?),
            Kind::Network(network) if network.manifest.kind == NetworkKind::Image => {
                Ok(Embedding::normalised(self.id.clone(), network.embed_picture(picture)?)?)
            }
            _ => Err(self.wrong_kind("a picture")),
        }
    }

    /// Embeds a text.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] when it is an encoder of pictures; those of the encoder itself.
    pub fn embed_text(&self, text: &str) -> Result<Embedding, InferenceError> {
        match &self.kind {
            Kind::Text => Ok(taste_encoders::text(text)?),
            Kind::Network(network) if network.manifest.kind == NetworkKind::Text => {
                Ok(Embedding::normalised(self.id.clone(), network.embed_text(text)?)?)
            }
            _ => Err(self.wrong_kind("a text")),
        }
    }

    /// Embeds a sound of one channel, samples from −1 to 1.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] when it is no encoder of sounds; those of the encoder itself.
    pub fn embed_sound(&self, rate: u32, samples: &[f32]) -> Result<Embedding, InferenceError> {
        match &self.kind {
            Kind::Audio => Ok(taste_encoders::audio(samples, rate)?),
            Kind::Network(network) if network.manifest.kind == NetworkKind::Audio => {
                Ok(Embedding::normalised(self.id.clone(), network.embed_sound(rate, samples)?)?)
            }
            _ => Err(self.wrong_kind("a sound")),
        }
    }

    /// Embeds a film by pictures of it, which count alike: the mean of their embeddings. What decodes films (ffmpeg, a browser) is
    /// not here; sample a few pictures, evenly.
    ///
    /// # Errors
    /// [`InferenceError::FilmEmpty`]; those of [`embed_picture`](Self::embed_picture).
    pub fn embed_frames(&self, frames: &[Picture]) -> Result<Embedding, InferenceError> {
        let rows = frames.iter().map(|frame| Ok(self.embed_picture(frame)?.values().to_vec()));
        let rows = rows.collect::<Result<Vec<_>, InferenceError>>()?;
        if rows.is_empty() {
            return Err(InferenceError::FilmEmpty);
        }
        Ok(Embedding::normalised(self.id.clone(), mean(&rows))?)
    }

    /// The token ids a text becomes, special ones included: for comparing tokenizers.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] when the encoder has no tokenizer; [`InferenceError::Tokenizer`].
    pub fn token_ids(&self, text: &str) -> Result<Vec<i64>, InferenceError> {
        match &self.kind {
            Kind::Network(network) if network.manifest.kind == NetworkKind::Text => network.token_ids(text),
            _ => Err(self.wrong_kind("tokens")),
        }
    }

    fn embeds(&self) -> Embeds {
        match &self.kind {
            Kind::Visual => Embeds::Pictures,
            Kind::Text => Embeds::Texts,
            Kind::Palette => Embeds::Palettes,
            Kind::Audio => Embeds::Sounds,
            Kind::Network(network) => match network.manifest.kind {
                NetworkKind::Image => Embeds::Pictures,
                NetworkKind::Text => Embeds::Texts,
                NetworkKind::Audio => Embeds::Sounds,
            },
        }
    }

    fn wrong_kind(&self, found: &str) -> InferenceError {
        InferenceError::WrongKind { encoder: self.id.to_string(), media_type: found.to_owned() }
    }
}

/// A palette's colours, from its JSON: `["#aabbcc", …]`, as candidates have it.
fn colours(json: &[u8]) -> Result<Vec<[u8; 3]>, InferenceError> {
    let text = std::str::from_utf8(json)
        .map_err(|error| InferenceError::NotUtf8 { valid_up_to: error.valid_up_to() })?;
    let colour = |word: &str| {
        let hex = word.trim().strip_prefix("\"#")?.strip_suffix('"')?;
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let plain = hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then_some([byte(0)?, byte(2)?, byte(4)?])
    };
    let list = text.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    list.and_then(|list| list.split(',').map(colour).collect()).ok_or(InferenceError::NoPalette)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palettes_are_lists_of_colours_and_nothing_else() {
        assert_eq!(colours(b"[\"#aabbcc\", \"#00FF7f\"]\n").unwrap(), [[0xAA, 0xBB, 0xCC], [0, 255, 0x7F]]);
        for wrong in ["", "[]", "[\"#abc\"]", "[\"#gggggg\"]", "[\"#+a+a+a\"]", "\"#aabbcc\"", "{\"a\":1}"] {
            assert_eq!(colours(wrong.as_bytes()).unwrap_err().code(), "InferenceError::NoPalette", "{wrong}");
        }
        let palette = Encoder::builtin("palette@1").unwrap();
        let content = |media_type| Content { media_type, bytes: b"[\"#aabbcc\"]" };
        assert_eq!(palette.embed(&content("application/json")).unwrap().dimension(), palette.dimension());
        assert_eq!(palette.embed(&content("image/png")).unwrap_err().code(), "InferenceError::WrongKind");
    }

    #[test]
    fn films_are_embedded_by_pictures_of_them() {
        let visual = Encoder::builtin("visual@1").unwrap();
        let picture = |fill: &str| {
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="{fill}" d="M0 0h3v3H0z"/></svg>"#
            );
            Picture::decode(svg.as_bytes()).unwrap()
        };
        let (red, blue) = (picture("#c22"), picture("#22c"));
        let one = visual.embed_frames(std::slice::from_ref(&red)).unwrap();
        let cosine: f32 =
            one.values().iter().zip(visual.embed_picture(&red).unwrap().values()).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.999_999, "{cosine}");
        let both = visual.embed_frames(&[red, blue]).unwrap();
        assert_ne!(both, one);
        assert_eq!(visual.embed_frames(&[]).unwrap_err().code(), "InferenceError::FilmEmpty");
        let film = visual.embed(&Content { media_type: "video/mp4", bytes: b"..." }).unwrap_err();
        assert_eq!(film.code(), "InferenceError::FilmUndecoded");
    }
}
