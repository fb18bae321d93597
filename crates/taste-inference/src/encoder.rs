//! Encoders: content in, embedding out, whatever is behind.

use std::path::Path;

use taste_core::{Embedding, EncoderId};
use taste_preprocess::NetworkKind;

use crate::{error::InferenceError, image::Picture, network::Network, runtime::Runtime};

/// A candidate's content: its declared media type, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// `image/…` or `text/…`. It decides whether the content is a picture or a text; a picture's format is read from
    /// its bytes.
    pub media_type: &'a str,
    /// The file's bytes, or the text's UTF-8.
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
    Network(Box<Network>),
}

impl Encoder {
    /// A built-in encoder: `visual@1` or `text@1`. Needs no ONNX Runtime.
    ///
    /// # Errors
    /// [`InferenceError::UnknownEncoder`].
    pub fn builtin(id: &str) -> Result<Self, InferenceError> {
        let kind = match id {
            taste_encoders::VISUAL_ID => Kind::Visual,
            taste_encoders::TEXT_ID => Kind::Text,
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
            Kind::Network(network) => network.manifest.dimension,
        }
    }

    /// Whether it embeds content of this media type.
    pub fn accepts(&self, media_type: &str) -> bool {
        media_type.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("image/"))
            && self.embeds_pictures()
            || media_type.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/"))
                && !self.embeds_pictures()
    }

    /// Embeds one piece of content.
    ///
    /// # Errors
    /// [`InferenceError::WrongKind`] for content of another kind; for pictures those of [`Picture::decode`], for
    /// texts [`InferenceError::NotUtf8`]; those of the encoder itself.
    pub fn embed(&self, content: &Content<'_>) -> Result<Embedding, InferenceError> {
        self.check_kind(content)?;
        if self.embeds_pictures() {
            self.embed_picture(&Picture::decode(content.bytes)?)
        } else {
            self.embed_text(self.text(content)?)
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

    fn embeds_pictures(&self) -> bool {
        match &self.kind {
            Kind::Visual => true,
            Kind::Text => false,
            Kind::Network(network) => network.manifest.kind == NetworkKind::Image,
        }
    }

    fn wrong_kind(&self, found: &str) -> InferenceError {
        InferenceError::WrongKind { encoder: self.id.to_string(), media_type: found.to_owned() }
    }
}
