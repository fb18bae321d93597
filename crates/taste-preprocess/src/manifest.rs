//! What a network's files mean: the manifest beside an encoder's ONNX file.

use std::fmt::Write as _;

#[cfg(feature = "describe")]
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{error::PreprocessError, json::Value};

/// The description of an encoder from files, as JSON (camelCase). Paths are relative to the manifest. `taste encoder add`
/// writes one from what Hugging Face exports beside a network.
///
/// ```
/// # use taste_preprocess::Manifest;
/// let manifest = Manifest::parse(
///     r#"{"kind": "image", "model": "mobilenetv2.onnx", "size": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
///         "layout": "nchw", "input": "x", "output": "embedding", "dimension": 1280}"#,
/// )?;
/// assert_eq!(manifest.dimension, 1280);
/// # Ok::<(), taste_preprocess::PreprocessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "camelCase"))]
pub struct Manifest {
    /// The encoder's id. Left out, it is the model file's stem, `@`, and 8 hex digits of [`Manifest::settings_digest`].
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// What it embeds.
    pub kind: NetworkKind,
    /// The ONNX file.
    pub model: String,
    /// Texts: the `tokenizer.json`.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub tokenizer: Option<String>,
    /// SHA-256 of each file by the name it has above. A page insists on them; natively a file without one is taken as it is.
    #[cfg_attr(
        feature = "describe",
        serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")
    )]
    pub digests: Vec<(String, String)>,
    /// Images: both sides of the network's input, in pixels.
    pub size: u32,
    /// Images: how a picture comes to that size.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub fit: Fit,
    /// Images that are covered: what the shorter side becomes before the middle is cut out. Left out, `size`.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub shortest: Option<u32>,
    /// Images: the resampling filter.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub filter: Filter,
    /// Images: mean of red, green, blue (of 0 to 1), subtracted.
    pub mean: [f32; 3],
    /// Images: deviation of red, green, blue, divided by after the mean. With mean 0.5, 0.5 gives −1 to 1.
    pub std: [f32; 3],
    /// Images: the order of the input's sides.
    pub layout: Layout,
    /// Texts: the most tokens; what follows is cut off.
    pub max_tokens: usize,
    /// Texts: whether every text is filled up to `max_tokens`, as CLIP and SigLIP want it.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub fill: bool,
    /// Texts: what is put before every text, such as E5's `query: `.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "String::is_empty"))]
    pub prefix: String,
    /// Images and sounds: the graph's input. Left out, its only one. (Texts go by the names `input_ids`, `attention_mask`,
    /// `token_type_ids`.)
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub input: Option<String>,
    /// The graph's output. Left out, its first.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub output: Option<String>,
    /// How an output with a row a token (or patch) becomes one row.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub pooling: Pooling,
    /// Sounds: what the network hears. Left out, what YAMNet does.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub sound: SoundSettings,
    /// How many numbers an embedding has.
    pub dimension: usize,
    /// The licence of the weights, in SPDX's words where it has them.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "Option::is_none"))]
    pub licence: Option<String>,
}

/// What a network embeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum NetworkKind {
    /// Pictures.
    #[default]
    Image,
    /// Texts.
    Text,
    /// Sounds.
    Audio,
}

/// From samples to patches of a log-mel spectrogram (`"sound"`). The usual numbers are YAMNet's; for CLAP's,
/// `taste encoder add` reads them from `preprocessor_config.json`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "camelCase"))]
pub struct SoundSettings {
    /// Samples a second, 8,000 to 192,000.
    pub rate: u32,
    /// Samples of a window, 16 to 16,384; its transform is as long as the next power of two. CLAP's is one.
    pub window: u32,
    /// Samples from one window to the next, at most a window.
    pub hop: u32,
    /// Bands on the mel scale, 1 to 512: the columns of a patch.
    pub bands: u32,
    /// Where the lowest band begins, in Hz.
    pub low: u32,
    /// Where the highest band ends, in Hz: at most half the rate.
    pub high: u32,
    /// Windows of a patch, 1 to 4,096: its rows.
    pub frames: u32,
    /// YAMNet's: windows from one patch to the next, at most a patch.
    pub step: u32,
    /// YAMNet's: what is added to a band before the logarithm, 0.000001 to 1.
    pub offset: f32,
    /// Whose steps lead from windows to patches.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub front: Front,
    /// CLAP's: where its bands lie and what they weigh.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub scale: Scale,
    /// CLAP's: what becomes of a sound that is shorter than a patch.
    #[cfg_attr(feature = "describe", serde(skip_serializing_if = "is_default"))]
    pub padding: Padding,
}

/// Whose steps lead from a sound to a network of sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Front {
    /// YAMNet's and VGGish's: magnitudes, ln(energy + offset), patches that overlap.
    #[default]
    Yamnet,
    /// CLAP's, as Hugging Face's `ClapFeatureExtractor` takes them: powers, decibels, crops of ten seconds.
    Clap,
}

/// Where CLAP's bands lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Scale {
    /// HTK's scale, every band as high (torchaudio's usual; `"truncation": "fusion"`).
    #[default]
    Htk,
    /// Slaney's scale, every band as large (librosa's usual; `"truncation": "rand_trunc"`).
    Slaney,
}

/// What becomes of a sound that is shorter than what CLAP hears at once, in the words of `preprocessor_config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Padding {
    /// It is repeated as often as it fits; the rest is silence.
    #[default]
    Repeatpad,
    /// It is repeated, and cut off at the end.
    Repeat,
    /// The rest is silence.
    Pad,
}

impl Default for SoundSettings {
    fn default() -> Self {
        let (rate, window, hop) = (16_000, 400, 160);
        let (front, scale, padding) = (Front::default(), Scale::default(), Padding::default());
        let (bands, low, high, frames, step, offset) = (64, 125, 7_500, 96, 48, 0.001);
        Self { rate, window, hop, bands, low, high, frames, step, offset, front, scale, padding }
    }
}

impl SoundSettings {
    const NAMES: [&str; 8] = ["rate", "window", "hop", "bands", "low", "high", "frames", "step"];
    const OTHERS: [&str; 4] = ["offset", "front", "scale", "padding"];

    fn numbers(&mut self) -> [&mut u32; 8] {
        let Self { rate, window, hop, bands, low, high, frames, step, .. } = self;
        [rate, window, hop, bands, low, high, frames, step]
    }

    fn read(said: &Value) -> Result<Self, PreprocessError> {
        let mut settings = Self::default();
        if said.is_null() {
            return Ok(settings);
        }
        let unknown =
            |(name, _): &(String, Value)| !Self::NAMES.iter().chain(&Self::OTHERS).any(|known| known == name);
        if said.as_object().is_none_or(|fields| fields.iter().any(unknown)) {
            let (names, others) = (Self::NAMES.join(", "), Self::OTHERS.join(", "));
            return Err(wrong(format!("sound is not an object of {names}, {others}")));
        }
        for (name, number) in Self::NAMES.into_iter().zip(settings.numbers()) {
            *number = whole(said, name)?.unwrap_or(*number);
        }
        let offset = optional(said, "offset", "a number", Value::as_f64)?;
        settings.offset = offset.map_or(settings.offset, |offset| offset as f32);
        settings.front = Front::read(said, "front")?;
        settings.scale = Scale::read(said, "scale")?;
        settings.padding = Padding::read(said, "padding")?;
        Ok(settings)
    }

    fn possible(&self) -> bool {
        (8_000..=192_000).contains(&self.rate)
            && (16..=16_384).contains(&self.window)
            && (1..=self.window).contains(&self.hop)
            && (1..=512).contains(&self.bands)
            && self.low < self.high
            && self.high <= self.rate / 2
            && (1..=4_096).contains(&self.frames)
            && (1..=self.frames).contains(&self.step)
            && (LEAST..=1.0).contains(&self.offset)
            && match self.front {
                Front::Yamnet => self.scale == Scale::default() && self.padding == Padding::default(),
                // A crop is mirrored at its ends by half a window, and lasts a minute at most.
                Front::Clap => {
                    let crop = self.crop_samples();
                    self.window.is_power_of_two() && (self.window / 2 + 1..=60 * self.rate).contains(&crop)
                }
            }
    }

    /// Samples that CLAP hears at once.
    pub(crate) fn crop_samples(&self) -> u32 {
        (self.frames - 1) * self.hop
    }
}

/// The order of an image input's sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Layout {
    /// Channels, rows, columns: PyTorch's.
    #[default]
    Nchw,
    /// Rows, columns, channels: TensorFlow's.
    Nhwc,
}

/// How a picture comes to the network's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Fit {
    /// Stretched.
    #[default]
    Stretch,
    /// Scaled until the shorter side fits, and the middle cut out.
    Cover,
}

/// A resampling filter, antialiased as in PIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Filter {
    /// A triangle over two pixels.
    #[default]
    Bilinear,
    /// Keys' cubic with a = −0.5, over four pixels.
    Bicubic,
}

/// How the rows of an output become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "describe", derive(Serialize), serde(rename_all = "lowercase"))]
pub enum Pooling {
    /// Their mean, over those that are not filling.
    #[default]
    Mean,
    /// The first row: that of the `[CLS]` token.
    First,
}

#[cfg(feature = "describe")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(feature = "describe")]
fn as_object<S: serde::Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
}

/// A setting that is one of a few words.
trait Word: Copy + Default + PartialEq + 'static {
    /// Each with its word.
    const WORDS: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    fn read(manifest: &Value, name: &str) -> Result<Self, PreprocessError> {
        let said = &manifest[name];
        if said.is_null() {
            return Ok(Self::default());
        }
        let found = Self::WORDS.iter().find(|(_, word)| said.as_str() == Some(word));
        found.map(|(value, _)| *value).ok_or_else(|| {
            let words: Vec<&str> = Self::WORDS.iter().map(|(_, word)| *word).collect();
            wrong(format!("{name} is none of {}", words.join(", ")))
        })
    }
}

impl Word for NetworkKind {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Image, "image"), (Self::Text, "text"), (Self::Audio, "audio")];
}

impl Word for Front {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Yamnet, "yamnet"), (Self::Clap, "clap")];
}

impl Word for Scale {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Htk, "htk"), (Self::Slaney, "slaney")];
}

impl Word for Padding {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Repeatpad, "repeatpad"), (Self::Repeat, "repeat"), (Self::Pad, "pad")];
}

impl Word for Layout {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Nchw, "nchw"), (Self::Nhwc, "nhwc")];
}

impl Word for Fit {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Stretch, "stretch"), (Self::Cover, "cover")];
}

impl Word for Filter {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Bilinear, "bilinear"), (Self::Bicubic, "bicubic")];
}

impl Word for Pooling {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Mean, "mean"), (Self::First, "first")];
}

/// Every field that a manifest may have.
const FIELDS: [&str; 21] = [
    "id",
    "kind",
    "model",
    "tokenizer",
    "digests",
    "size",
    "fit",
    "shortest",
    "filter",
    "mean",
    "std",
    "layout",
    "maxTokens",
    "fill",
    "prefix",
    "input",
    "output",
    "pooling",
    "sound",
    "dimension",
    "licence",
];

fn wrong(reason: String) -> PreprocessError {
    PreprocessError::Manifest { reason }
}

/// A field that may be left out, or be null.
fn optional<T>(
    manifest: &Value,
    name: &str,
    what: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, PreprocessError> {
    let value = &manifest[name];
    if value.is_null() {
        return Ok(None);
    }
    read(value).map(Some).ok_or_else(|| wrong(format!("{name} is not {what}")))
}

fn text(manifest: &Value, name: &str) -> Result<Option<String>, PreprocessError> {
    optional(manifest, name, "a text", |value| value.as_str().map(str::to_owned))
}

fn whole(manifest: &Value, name: &str) -> Result<Option<u32>, PreprocessError> {
    optional(manifest, name, "a whole number of 32 bits", |value| u32::try_from(value.as_u64()?).ok())
}

fn channels(manifest: &Value, name: &str) -> Result<[f32; 3], PreprocessError> {
    let read = |value: &Value| {
        let [red, green, blue] = value.as_array()? else { return None };
        Some([red.as_f64()? as f32, green.as_f64()? as f32, blue.as_f64()? as f32])
    };
    Ok(optional(manifest, name, "three numbers", read)?.unwrap_or([0.5; 3]))
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, PreprocessError> {
    value.ok_or_else(|| wrong(format!("{name} is missing")))
}

impl Manifest {
    /// Reads a manifest's JSON and checks it.
    ///
    /// # Errors
    /// [`PreprocessError::Manifest`].
    pub fn parse(json: &str) -> Result<Self, PreprocessError> {
        let said = Value::parse(json.as_bytes()).map_err(wrong)?;
        let fields = said.as_object().ok_or_else(|| wrong("it is not an object".to_owned()))?;
        if let Some((name, _)) = fields.iter().find(|(name, _)| !FIELDS.contains(&name.as_str())) {
            return Err(wrong(format!("it has no field \"{name}\"")));
        }
        let digests = optional(&said, "digests", "an object of texts", |value| {
            let entry = |(file, digest): &(String, Value)| Some((file.clone(), digest.as_str()?.to_owned()));
            value.as_object()?.iter().map(entry).collect::<Option<Vec<_>>>()
        })?;
        needed(said.get("kind"), "kind")?;
        let manifest = Self {
            id: text(&said, "id")?,
            kind: NetworkKind::read(&said, "kind")?,
            model: needed(text(&said, "model")?, "model")?,
            tokenizer: text(&said, "tokenizer")?,
            digests: digests.unwrap_or_default(),
            size: whole(&said, "size")?.unwrap_or(224),
            fit: Fit::read(&said, "fit")?,
            shortest: whole(&said, "shortest")?,
            filter: Filter::read(&said, "filter")?,
            mean: channels(&said, "mean")?,
            std: channels(&said, "std")?,
            layout: Layout::read(&said, "layout")?,
            max_tokens: whole(&said, "maxTokens")?.unwrap_or(256) as usize,
            fill: optional(&said, "fill", "true or false", Value::as_bool)?.unwrap_or_default(),
            prefix: text(&said, "prefix")?.unwrap_or_default(),
            input: text(&said, "input")?,
            output: text(&said, "output")?,
            pooling: Pooling::read(&said, "pooling")?,
            sound: SoundSettings::read(&said["sound"])?,
            dimension: needed(whole(&said, "dimension")?, "dimension")? as usize,
            licence: text(&said, "licence")?,
        };
        manifest.checked()
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`PreprocessError::Manifest`].
    pub fn checked(self) -> Result<Self, PreprocessError> {
        let wrong = |reason: String| Err(wrong(reason));
        let most = taste_core::MAX_DIMENSION;
        if !(1..=most).contains(&self.dimension) {
            return wrong(format!("dimension is {}; allowed are 1 to {most}", self.dimension));
        }
        if !(1..=2048).contains(&self.size) {
            return wrong(format!("size is {}; allowed are 1 to 2048", self.size));
        }
        let shortest = self.shortest.unwrap_or(self.size);
        if !(self.size..=4096).contains(&shortest) || self.fit == Fit::Stretch && self.shortest.is_some() {
            return wrong(format!(
                "shortest is {shortest}; with \"fit\": \"cover\" allowed are {} (size) to 4096",
                self.size
            ));
        }
        if !(2..=8192).contains(&self.max_tokens) {
            return wrong(format!("maxTokens is {}; allowed are 2 to 8192", self.max_tokens));
        }
        let fits = |value: &f32| *value == 0.0 || (LEAST..=1e5).contains(&value.abs());
        if !self.std.iter().chain(&self.mean).all(fits) || self.std.contains(&0.0) {
            return wrong("mean and std must be 0.000001 to 100000, and only the mean may be 0".to_owned());
        }
        if !self.sound.possible() {
            return wrong("sound has a number that is not possible".to_owned());
        }
        if self.kind == NetworkKind::Text && self.tokenizer.is_none() {
            return wrong("an encoder of texts needs a tokenizer".to_owned());
        }
        let is_digest = |text: &str| {
            text.len() == 66
                && text.starts_with("0x")
                && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if let Some((file, digest)) = self.digests.iter().find(|(_, digest)| !is_digest(digest)) {
            return wrong(format!("the digest of {file} is \"{digest}\"; 0x and 64 hex digits are wanted"));
        }
        Ok(self)
    }

    /// The SHA-256 that a file must have, where one is said.
    pub fn digest(&self, file: &str) -> Option<&str> {
        self.digests.iter().find(|(name, _)| name == file).map(|(_, digest)| digest.as_str())
    }

    /// The files that it names: the network, and a tokenizer.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.model.as_str()).chain(self.tokenizer.as_deref())
    }

    /// SHA-256 over all that decides an embedding: the bytes of the graph and of the tokenizer, and the settings; not names, paths
    /// or the licence.
    pub fn settings_digest(&self, model: &[u8], tokenizer: Option<&[u8]>) -> [u8; 32] {
        Sha256::new()
            // What this crate makes of content and of graphs; another number where that changes.
            .chain_update(b"tastemaker.preprocess/1")
            .chain_update(Sha256::digest(model))
            .chain_update(Sha256::digest(tokenizer.unwrap_or_default()))
            .chain_update(self.settings())
            .finalize()
            .into()
    }

    /// The settings as JSON, without spaces, those left out that are as usual: what the digest is over, so its bytes stay.
    fn settings(&self) -> String {
        let mut json = format!(r#"{{"kind":"{}","model":"","size":{}"#, self.kind.word(), self.size);
        let word = |json: &mut String, name: &str, word: &str| {
            json.extend([",\"", name, "\":\"", word, "\""]);
        };
        if self.fit != Fit::default() {
            word(&mut json, "fit", self.fit.word());
        }
        if let Some(shortest) = self.shortest {
            let _ = write!(json, ",\"shortest\":{shortest}");
        }
        if self.filter != Filter::default() {
            word(&mut json, "filter", self.filter.word());
        }
        for (name, numbers) in [("mean", &self.mean), ("std", &self.std)] {
            json.extend([",\"", name, "\":["]);
            for (at, number) in numbers.iter().enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                put_number(&mut json, *number);
            }
            json.push(']');
        }
        word(&mut json, "layout", self.layout.word());
        let _ = write!(json, ",\"maxTokens\":{}", self.max_tokens);
        if self.fill {
            json.push_str(",\"fill\":true");
        }
        let texts =
            [("prefix", Some(&self.prefix).filter(|it| !it.is_empty())), ("input", self.input.as_ref())];
        for (name, text) in texts.into_iter().chain([("output", self.output.as_ref())]) {
            if let Some(text) = text {
                json.extend([",\"", name, "\":"]);
                put_text(&mut json, text);
            }
        }
        if self.pooling != Pooling::default() {
            word(&mut json, "pooling", self.pooling.word());
        }
        if self.sound != SoundSettings::default() {
            let mut sound = self.sound;
            json.push_str(",\"sound\":{");
            for (name, number) in SoundSettings::NAMES.into_iter().zip(sound.numbers()) {
                let _ = write!(json, "\"{name}\":{number},");
            }
            json.push_str("\"offset\":");
            put_number(&mut json, sound.offset);
            if sound.front != Front::default() {
                word(&mut json, "front", sound.front.word());
            }
            if sound.scale != Scale::default() {
                word(&mut json, "scale", sound.scale.word());
            }
            if sound.padding != Padding::default() {
                word(&mut json, "padding", sound.padding.word());
            }
            json.push('}');
        }
        let _ = write!(json, ",\"dimension\":{}}}", self.dimension);
        json
    }

    /// The encoder's id, given its files.
    pub fn encoder_id(&self, model: &[u8], tokenizer: Option<&[u8]>) -> String {
        if let Some(id) = &self.id {
            return id.clone();
        }
        let name = self.model.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let digest = self.settings_digest(model, tokenizer);
        let [a, b, c, d] = [digest[0], digest[1], digest[2], digest[3]];
        format!("{stem}@{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// The least that a mean or deviation is, but for 0.
const LEAST: f32 = 1e-6;

/// A number with the fewest digits that are it, and always a point. Of those that [`Manifest::checked`] lets through: formatting
/// any number takes tables that a page should not wait for.
fn put_number(json: &mut String, number: f32) {
    let size = f64::from(number.abs());
    json.push_str(if number.is_sign_negative() { "-" } else { "" });
    let (mut power, mut places) = (10.0, 1);
    while ((size * power).round_ties_even() / power) as f32 != number.abs() && places < 15 {
        power *= 10.0;
        places += 1;
    }
    let digits = format!("{:0>width$}", (size * power).round_ties_even() as u64, width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    json.extend([whole, ".", fraction]);
}

fn put_text(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..='\u{1f}' => {
                let _ = write!(json, "\\u{:04x}", character as u32);
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that ids were made from before this crate wrote them itself.
    #[test]
    #[cfg(feature = "describe")]
    fn settings_are_written_as_serde_json_writes_them() {
        let usual = Manifest::parse(TEXT).unwrap();
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..2_000 {
            let mut number = || match random(3) {
                0 => random(2_000) as f32 / 1_000.0,
                1 => f32::from_bits(0x3586_37BE + random(0x47C3_5000 - 0x3586_37BE) as u32),
                _ => -(random(100_000) as f32),
            };
            let numbers = [number(), number(), number()];
            let mut text = |some: bool| {
                let length = random(6) + u64::from(some);
                (0..length).map(|_| char::from_u32(random(0x250) as u32).unwrap()).collect::<String>()
            };
            let mut manifest = Manifest {
                mean: numbers,
                std: numbers.map(|it| it * 2.0),
                prefix: text(false),
                ..usual.clone()
            };
            (manifest.input, manifest.output) = (Some(text(true)), Some(text(true)));
            if random(2) == 0 {
                (manifest.fit, manifest.shortest, manifest.filter) = (Fit::Cover, Some(300), Filter::Bicubic);
                (manifest.fill, manifest.pooling, manifest.layout) = (true, Pooling::First, Layout::Nhwc);
                (manifest.kind, manifest.input) = (NetworkKind::Image, None);
            }
            if random(2) == 0 {
                manifest.sound = SoundSettings { hop: 1 + random(400) as u32, ..manifest.sound };
            }
            if random(2) == 0 {
                let (scale, padding) = (Scale::Slaney, [Padding::Repeat, Padding::Pad][random(2) as usize]);
                manifest.sound = SoundSettings { front: Front::Clap, scale, padding, ..manifest.sound };
            }
            let bare = Manifest { id: None, model: String::new(), tokenizer: None, ..manifest.clone() };
            assert_eq!(manifest.settings(), serde_json::to_string(&bare).unwrap());
        }
    }

    const TEXT: &str =
        r#"{"kind": "text", "model": "a/minilm.onnx", "tokenizer": "tokenizer.json", "dimension": 384}"#;

    #[test]
    fn what_decides_an_embedding_is_in_the_id_and_nothing_else() {
        let manifest = Manifest::parse(TEXT).unwrap();
        let id = |manifest: &Manifest| manifest.encoder_id(b"onnx", Some(b"{}"));
        assert!(id(&manifest).starts_with("minilm@") && id(&manifest).len() == 15);
        let licensed = Manifest { licence: Some("MIT".to_owned()), ..manifest.clone() };
        assert_eq!(id(&licensed), id(&manifest));
        let queried = Manifest { prefix: "query: ".to_owned(), ..manifest.clone() };
        let first = Manifest { pooling: Pooling::First, ..manifest.clone() };
        assert_ne!(id(&queried), id(&manifest));
        assert_ne!(id(&first), id(&manifest));
        assert_ne!(manifest.encoder_id(b"onnx", Some(b"[]")), id(&manifest));
    }

    #[test]
    fn impossible_numbers_are_refused() {
        for (from, to) in [
            ("384", "0"),
            ("384", "99999999"),
            ("\"kind\"", "\"std\": [1, 0, 1], \"kind\""),
            ("\"kind\"", "\"shortest\": 300, \"kind\""),
            ("\"kind\"", "\"maxTokens\": 1, \"kind\""),
            ("\"kind\"", "\"digests\": {\"a/minilm.onnx\": \"sha256\"}, \"kind\""),
            ("\"tokenizer\": \"tokenizer.json\", ", ""),
            ("\"kind\"", "\"unknown\": 1, \"kind\""),
            ("\"kind\"", "\"sound\": {\"unknown\": 1}, \"kind\""),
            ("\"kind\"", "\"sound\": {\"hop\": 401}, \"kind\""),
            ("\"kind\"", "\"sound\": {\"high\": 8001}, \"kind\""),
            ("\"kind\"", "\"sound\": {\"step\": 0}, \"kind\""),
            ("\"kind\"", "\"sound\": {\"front\": \"whisper\"}, \"kind\""),
            // What YAMNet's steps have no use for; a window that is no power of two; a crop shorter than half a window, or an hour long.
            ("\"kind\"", "\"sound\": {\"scale\": \"slaney\"}, \"kind\""),
            ("\"kind\"", "\"sound\": {\"front\": \"clap\"}, \"kind\""),
            (
                "\"kind\"",
                "\"sound\": {\"front\": \"clap\", \"window\": 512, \"frames\": 1, \"step\": 1}, \"kind\"",
            ),
            (
                "\"kind\"",
                "\"sound\": {\"front\": \"clap\", \"window\": 1024, \"hop\": 1024, \"frames\": 4096}, \"kind\"",
            ),
        ] {
            let error = Manifest::parse(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.code(), "PreprocessError::Manifest", "{to}");
        }
    }
}
