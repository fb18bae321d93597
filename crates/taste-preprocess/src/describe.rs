//! A manifest from what Hugging Face exports beside a network: `tokenizer.json`, `preprocessor_config.json`, `config.json`.

use serde_json::Value;

use crate::{
    error::PreprocessError,
    inspect::{ElementKind, Inspection, PortInfo},
    manifest::{Filter, Fit, Front, Layout, Manifest, NetworkKind, Padding, Pooling, Scale},
};

/// What lies beside a network, each as parsed JSON where it is there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// `preprocessor_config.json`
    pub preprocessor: Option<&'a Value>,
    /// `config.json`
    pub config: Option<&'a Value>,
    /// The graph's output to take, where the usual names do not find it.
    pub output: Option<&'a str>,
    /// How many numbers an embedding has, where neither the graph nor `config.json` says.
    pub dimension: Option<usize>,
}

/// Outputs that are an embedding already, the best first; then those with a row a token.
const OUTPUTS: [&str; 9] = [
    "image_embeds",
    "text_embeds",
    "audio_embeds",
    "sentence_embedding",
    "embedding",
    "embeddings",
    "pooler_output",
    "last_hidden_state",
    "token_embeddings",
];

/// The manifest of a network whose files are called `model.onnx` and, for texts, `tokenizer.json`; without digests.
///
/// # Errors
/// [`PreprocessError::Manifest`] where the files contradict each other or something must be said by hand.
pub fn describe(network: &Inspection, beside: &Beside<'_>) -> Result<Manifest, PreprocessError> {
    let wrong = |reason: String| Err(PreprocessError::Manifest { reason });
    let named = |name: &str| network.inputs.iter().any(|input| input.name == name);
    let pictures: Vec<&PortInfo> = network
        .inputs
        .iter()
        .filter(|input| input.element == ElementKind::F32 && input.shape.len() == 4)
        .collect();
    let kind = match (named("input_ids"), pictures.as_slice()) {
        (true, []) => NetworkKind::Text,
        (false, [input]) if network.inputs.len() == 1 => kind_of(input, beside.preprocessor),
        (false, [_]) if named("is_longer") => return wrong(FUSED.to_owned()),
        (true, _) => {
            return wrong(
                "the graph takes texts and pictures or sounds; export each tower as a file of its own"
                    .to_owned(),
            );
        }
        _ => {
            let names: Vec<String> =
                network.inputs.iter().map(|it| format!("{:?} {:?}", it.name, it.shape)).collect();
            return wrong(format!(
                "the graph's inputs are {}; input_ids, or one f32 picture or spectrogram of four sides, is wanted",
                names.join(", ")
            ));
        }
    };
    let output = match beside.output {
        Some(name) => network.outputs.iter().find(|output| output.name == name),
        None => OUTPUTS
            .iter()
            .find_map(|name| network.outputs.iter().find(|output| output.name == *name))
            .or_else(|| network.outputs.first().filter(|_| network.outputs.len() == 1)),
    };
    let Some(output) = output else {
        let names: Vec<&str> = network.outputs.iter().map(|output| output.name.as_str()).collect();
        return wrong(format!("say which output is the embedding, of {}", names.join(", ")));
    };
    let number = |name: &str| {
        let config = beside.config?;
        let tower = match kind {
            NetworkKind::Text => "text_config",
            NetworkKind::Image => "vision_config",
            NetworkKind::Audio => "audio_config",
        };
        let inner = config[tower][name].as_u64();
        config[name].as_u64().or(inner).and_then(|value| usize::try_from(value).ok())
    };
    let last = match output.shape[..] {
        [_, d] | [_, d, 1, 1] | [_, _, d] => usize::try_from(d).ok(),
        _ => None,
    };
    let by_config = || match output.name.as_str() {
        "image_embeds" | "text_embeds" | "audio_embeds" => number("projection_dim"),
        _ => number("hidden_size"),
    };
    let Some(dimension) = beside.dimension.or(last).or_else(by_config) else {
        return wrong(format!("say the dimension: output {:?} does not", output.name));
    };
    let mut manifest = Manifest::parse(&format!(
        r#"{{"kind": "image", "model": "model.onnx", "dimension": {}}}"#,
        dimension.clamp(1, taste_core::MAX_DIMENSION)
    ))?;
    manifest.kind = kind;
    manifest.output = Some(output.name.clone());
    match kind {
        NetworkKind::Text => text(&mut manifest, number("max_position_embeddings"), beside.config),
        NetworkKind::Image => image(&mut manifest, pictures[0], beside.preprocessor)?,
        NetworkKind::Audio => sound(&mut manifest, pictures[0], beside)?,
    }
    manifest.checked()
}

fn text(manifest: &mut Manifest, positions: Option<usize>, config: Option<&Value>) {
    let family = config.and_then(|config| config["model_type"].as_str()).unwrap_or_default();
    manifest.tokenizer = Some("tokenizer.json".to_owned());
    // RoBERTa counts positions from its padding id on, and CLAP's texts are read by one.
    let lost = if family.contains("roberta") || family.starts_with("clap") { 2 } else { 0 };
    manifest.max_tokens = positions.map_or(256, |positions| positions - lost.min(positions)).clamp(2, 8192);
    manifest.fill = family.starts_with("clip") || family.starts_with("siglip");
}

/// A picture has three channels; one channel, wide as bands and high as windows, is a patch of a spectrogram. CLAP's sides are often left
/// open, and known by their name or by what lies beside.
fn kind_of(input: &PortInfo, preprocessor: Option<&Value>) -> NetworkKind {
    let patch = matches!(input.shape[..], [_, 1, frames, bands] if frames > 0 && bands > 0);
    if patch || input.name == "input_features" || extractor(preprocessor) == Some(CLAP) {
        NetworkKind::Audio
    } else {
        NetworkKind::Image
    }
}

const CLAP: &str = "ClapFeatureExtractor";

const FUSED: &str = "the network fuses four spectrograms of a long sound, which is not built; take one that hears one, such as \
                     clap-htsat-unfused";

fn extractor(preprocessor: Option<&Value>) -> Option<&str> {
    preprocessor?["feature_extractor_type"].as_str()
}

fn sound(manifest: &mut Manifest, input: &PortInfo, beside: &Beside<'_>) -> Result<(), PreprocessError> {
    let wrong = |reason: String| Err(PreprocessError::Manifest { reason });
    manifest.input = Some(input.name.clone());
    match extractor(beside.preprocessor) {
        Some(CLAP) => {
            if beside.config.is_some_and(|config| {
                config["audio_config"]["enable_fusion"].as_bool().or(config["enable_fusion"].as_bool())
                    == Some(true)
            }) {
                return wrong(FUSED.to_owned());
            }
            clap(manifest, beside.preprocessor.unwrap_or(&Value::Null))?;
            let sound = &manifest.sound;
            let sides = [1, i64::from(sound.frames), i64::from(sound.bands)];
            return match input.shape[..] {
                [_, 4, _, _] => wrong(FUSED.to_owned()),
                [_, ref has @ ..] if has.iter().zip(sides).all(|(&has, wants)| has < 0 || has == wants) => {
                    Ok(())
                }
                _ => wrong(format!(
                    "the graph's input is {:?}, and preprocessor_config.json makes [1, {}, {}] of a sound",
                    input.shape, sound.frames, sound.bands
                )),
            };
        }
        Some(other) => {
            return wrong(format!(
                "preprocessor_config.json wants {other}; of sounds, {CLAP} is built, and YAMNet's steps"
            ));
        }
        None => {}
    }
    let [_, _, frames, bands] = input.shape[..] else { return wrong("a patch has four sides".to_owned()) };
    let (Ok(frames), Ok(bands)) = (u32::try_from(frames), u32::try_from(bands)) else {
        return wrong(format!(
            "the graph's input {:?} does not say how many windows and bands it hears; put preprocessor_config.json beside it",
            input.name
        ));
    };
    manifest.sound.frames = frames;
    manifest.sound.bands = bands;
    // YAMNet's patches overlap by half.
    manifest.sound.step = (frames / 2).max(1);
    Ok(())
}

/// What `ClapFeatureExtractor` does by these settings.
fn clap(manifest: &mut Manifest, config: &Value) -> Result<(), PreprocessError> {
    let wrong = |reason: String| Err(PreprocessError::Manifest { reason });
    let whole = |name: &str, usual: u32| match &config[name] {
        Value::Null => Ok(usual),
        value => {
            let number =
                value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=1e9).contains(number));
            number.map(|number| number as u32).ok_or_else(|| PreprocessError::Manifest {
                reason: format!("preprocessor_config.json: {name} is no whole number"),
            })
        }
    };
    let word = |name: &str, usual: &str| config[name].as_str().unwrap_or(usual).to_owned();
    let sound = &mut manifest.sound;
    sound.front = Front::Clap;
    sound.rate = whole("sampling_rate", 48_000)?;
    sound.window = whole("fft_window_size", 1_024)?;
    sound.hop = whole("hop_length", 480)?.max(1);
    sound.bands = whole("feature_size", 64)?;
    sound.low = whole("frequency_min", 0)?;
    sound.high = whole("frequency_max", 14_000)?;
    let samples = u64::from(whole("max_length_s", 10)?) * u64::from(sound.rate);
    if samples % u64::from(sound.hop) != 0 {
        return wrong(format!(
            "a crop of {samples} samples is not so many times {} samples (hop_length)",
            sound.hop
        ));
    }
    sound.frames = u32::try_from(samples / u64::from(sound.hop) + 1).unwrap_or(u32::MAX);
    sound.step = sound.frames;
    sound.scale = match word("truncation", "fusion").as_str() {
        "fusion" => Scale::Htk,
        "rand_trunc" => Scale::Slaney,
        other => return wrong(format!("truncation is {other:?}; fusion and rand_trunc are known")),
    };
    sound.padding = match word("padding", "repeatpad").as_str() {
        "repeatpad" => Padding::Repeatpad,
        "repeat" => Padding::Repeat,
        "pad" => Padding::Pad,
        other => return wrong(format!("padding is {other:?}; repeatpad, repeat and pad are known")),
    };
    if config["padding_value"].as_f64().is_some_and(|value| value != 0.0) {
        return wrong("padding_value is not 0, which is silence".to_owned());
    }
    Ok(())
}

fn image(manifest: &mut Manifest, input: &PortInfo, config: Option<&Value>) -> Result<(), PreprocessError> {
    let wrong = |reason: &str| Err(PreprocessError::Manifest { reason: reason.to_owned() });
    manifest.input = Some(input.name.clone());
    let (layout, declared) = match input.shape[..] {
        [_, _, height, 3] if input.shape[1] != 3 => (Layout::Nhwc, height),
        [_, _, height, _] => (Layout::Nchw, height),
        _ => return wrong("a picture has four sides"),
    };
    manifest.layout = layout;
    let declared = u32::try_from(declared).ok().filter(|side| *side > 0);
    if let Some(side) = declared {
        manifest.size = side;
    }
    let Some(config) = config else {
        return Ok(());
    };
    let side = |value: &Value| -> Option<u32> {
        let number = |value: &Value| value.as_u64().and_then(|side| u32::try_from(side).ok());
        match (number(&value["height"]), number(&value["width"])) {
            (Some(height), Some(width)) if height == width => Some(height),
            (None, None) => number(value),
            _ => None,
        }
    };
    let shortest = config["size"]["shortest_edge"].as_u64().and_then(|side| u32::try_from(side).ok());
    let crops = config["do_center_crop"].as_bool().unwrap_or(false);
    let crop = if crops { side(&config["crop_size"]) } else { None };
    // Of a number alone, networks that crop scale the shorter side to it.
    let shortest = shortest.or_else(|| side(&config["size"]).filter(|_| crop.is_some()));
    match (crop, shortest, side(&config["size"])) {
        (Some(crop), Some(shortest), _) => {
            manifest.size = crop;
            manifest.fit = Fit::Cover;
            manifest.shortest = Some(shortest.max(crop)).filter(|shortest| *shortest != crop);
        }
        (None, None, Some(size)) => manifest.size = size,
        (None, Some(size), _) => {
            // Without a crop the input would have any proportions; the middle is what embeddings are compared by.
            manifest.size = size;
            manifest.fit = Fit::Cover;
        }
        _ if declared.is_some() => {}
        _ => return wrong("preprocessor_config.json says no size that is square"),
    }
    if declared.is_some_and(|side| side != manifest.size) {
        return wrong("the graph's input and preprocessor_config.json have different sizes");
    }
    manifest.filter = match config["resample"].as_u64() {
        None | Some(2) => Filter::Bilinear,
        Some(3) => Filter::Bicubic,
        Some(_) => {
            return wrong("preprocessor_config.json wants a filter other than bilinear (2) and bicubic (3)");
        }
    };
    if config["rescale_factor"].as_f64().is_some_and(|factor| (factor * 255.0 - 1.0).abs() > 1e-6)
        || !config["do_rescale"].as_bool().unwrap_or(true)
    {
        return wrong("preprocessor_config.json rescales by something else than 1/255");
    }
    if config["do_normalize"].as_bool().unwrap_or(true) {
        for (name, numbers) in [("image_mean", &mut manifest.mean), ("image_std", &mut manifest.std)] {
            if let Some(list) = config[name].as_array() {
                let read: Vec<f32> =
                    list.iter().filter_map(Value::as_f64).map(|value| value as f32).collect();
                match <[f32; 3]>::try_from(read) {
                    Ok(read) => *numbers = read,
                    Err(_) => return wrong("image_mean and image_std have three numbers each"),
                }
            }
        }
    } else {
        (manifest.mean, manifest.std) = ([0.0; 3], [1.0; 3]);
    }
    // A row a patch: what DINOv2 and ViT are compared by is the first.
    if manifest.output.as_deref() == Some("last_hidden_state") {
        manifest.pooling = Pooling::First;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn port(name: &str, element: ElementKind, shape: &[i64]) -> PortInfo {
        PortInfo { name: name.to_owned(), shape: shape.to_vec(), element }
    }

    fn network(inputs: Vec<PortInfo>, outputs: Vec<PortInfo>) -> Inspection {
        Inspection { inputs, outputs, ..Inspection::default() }
    }

    fn sentences() -> Inspection {
        let ids = |name| port(name, ElementKind::I64, &[-1, -1]);
        network(
            vec![ids("input_ids"), ids("attention_mask"), ids("token_type_ids")],
            vec![port("last_hidden_state", ElementKind::F32, &[-1, -1, 384])],
        )
    }

    fn pictures(side: i64) -> Inspection {
        network(
            vec![port("pixel_values", ElementKind::F32, &[-1, 3, side, side])],
            vec![
                port("last_hidden_state", ElementKind::F32, &[-1, -1, -1]),
                port("image_embeds", ElementKind::F32, &[-1, 512]),
            ],
        )
    }

    #[test]
    fn a_sentence_encoder_is_described_by_its_config() {
        let config = json!({"model_type": "xlm-roberta", "max_position_embeddings": 514, "hidden_size": 384});
        let beside = Beside { config: Some(&config), ..Beside::default() };
        let manifest = describe(&sentences(), &beside).unwrap();
        assert_eq!((manifest.kind, manifest.max_tokens, manifest.dimension), (NetworkKind::Text, 512, 384));
        assert!(!manifest.fill && manifest.pooling == Pooling::Mean);
        let clip = json!({"model_type": "clip_text_model", "max_position_embeddings": 77});
        let manifest = describe(&sentences(), &Beside { config: Some(&clip), ..Beside::default() }).unwrap();
        assert!(manifest.fill && manifest.max_tokens == 77);
    }

    #[test]
    fn clips_picture_tower_is_cropped_and_bicubic() {
        let preprocessor = json!({"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_normalize": true,
            "do_resize": true, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
            "resample": 3, "size": {"shortest_edge": 224}});
        let beside = Beside { preprocessor: Some(&preprocessor), ..Beside::default() };
        let manifest = describe(&pictures(-1), &beside).unwrap();
        assert_eq!((manifest.size, manifest.fit, manifest.filter), (224, Fit::Cover, Filter::Bicubic));
        assert_eq!((manifest.output.as_deref(), manifest.dimension), (Some("image_embeds"), 512));
        assert_eq!((manifest.shortest, manifest.mean[0]), (None, 0.481_454_66));
        // Sizes that contradict the graph, filters and factors that are not built.
        for (field, value) in [
            ("crop_size", json!({"height": 96, "width": 96})),
            ("resample", json!(0)),
            ("rescale_factor", json!(0.5)),
            ("image_std", json!([0.5])),
        ] {
            let mut changed = preprocessor.clone();
            changed[field] = value;
            let beside = Beside { preprocessor: Some(&changed), ..Beside::default() };
            assert_eq!(
                describe(&pictures(224), &beside).unwrap_err().code(),
                "PreprocessError::Manifest",
                "{field}"
            );
        }
    }

    #[test]
    fn imagenet_networks_scale_the_shorter_side_further_than_they_cut() {
        let preprocessor = json!({"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "resample": 2,
            "size": {"shortest_edge": 256}, "do_normalize": false});
        let beside = Beside { preprocessor: Some(&preprocessor), ..Beside::default() };
        let manifest = describe(&pictures(224), &beside).unwrap();
        assert_eq!((manifest.size, manifest.shortest, manifest.mean), (224, Some(256), [0.0; 3]));
        let siglip = json!({"size": {"height": 224, "width": 224}, "resample": 3});
        let beside = Beside { preprocessor: Some(&siglip), ..Beside::default() };
        assert_eq!(describe(&pictures(224), &beside).unwrap().fit, Fit::Stretch);
    }

    #[test]
    fn claps_towers_are_described_by_what_lies_beside() {
        let tower = |channels: i64| {
            network(
                vec![port("input_features", ElementKind::F32, &[-1, channels, -1, -1])],
                vec![port("audio_embeds", ElementKind::F32, &[-1, -1])],
            )
        };
        let preprocessor = json!({"feature_extractor_type": "ClapFeatureExtractor", "feature_size": 64, "fft_window_size": 1024,
            "frequency_max": 14000, "frequency_min": 50, "hop_length": 480, "max_length_s": 10, "padding": "repeatpad",
            "sampling_rate": 48000, "top_db": null, "truncation": "rand_trunc"});
        let config = json!({"model_type": "clap", "projection_dim": 512, "audio_config": {"hidden_size": 768, "enable_fusion": false},
            "text_config": {"max_position_embeddings": 514, "hidden_size": 768}});
        let beside = Beside { preprocessor: Some(&preprocessor), config: Some(&config), ..Beside::default() };
        let manifest = describe(&tower(-1), &beside).unwrap();
        assert_eq!((manifest.kind, manifest.dimension), (NetworkKind::Audio, 512));
        let sound = manifest.sound;
        assert_eq!((sound.rate, sound.window, sound.hop, sound.bands), (48_000, 1_024, 480, 64));
        assert_eq!((sound.low, sound.high, sound.frames), (50, 14_000, 1_001));
        assert_eq!(
            (sound.front, sound.scale, sound.padding),
            (Front::Clap, Scale::Slaney, Padding::Repeatpad)
        );
        // What is written is read again as it was.
        let written = serde_json::to_string(&manifest).unwrap();
        assert_eq!(Manifest::parse(&written).unwrap(), manifest);
        // Its other tower is a RoBERTa.
        assert_eq!(describe(&sentences(), &beside).unwrap().max_tokens, 512);

        let changed = |field: &str, value: Value| {
            let mut changed = preprocessor.clone();
            changed[field] = value;
            changed
        };
        let by = |network: &Inspection, preprocessor: Option<&Value>, config: Option<&Value>| {
            describe(network, &Beside { preprocessor, config, dimension: Some(512), ..Beside::default() })
        };
        let fusion = changed("truncation", json!("fusion"));
        assert_eq!(by(&tower(1), Some(&fusion), Some(&config)).unwrap().sound.scale, Scale::Htk);
        let mut fused = config.clone();
        fused["audio_config"]["enable_fusion"] = json!(true);
        let mut longer = tower(4);
        longer.inputs.push(port("is_longer", ElementKind::Other(9), &[-1, 1]));
        let refused = [
            by(&tower(-1), Some(&fusion), Some(&fused)),
            by(&tower(4), Some(&fusion), None),
            by(&longer, Some(&fusion), None),
            by(&tower(3), Some(&preprocessor), None),
            by(&tower(-1), None, None),
            by(&tower(-1), Some(&changed("feature_extractor_type", json!("ASTFeatureExtractor"))), None),
            by(&tower(-1), Some(&changed("truncation", json!("middle"))), None),
            by(&tower(-1), Some(&changed("padding", json!("mirror"))), None),
            by(&tower(-1), Some(&changed("padding_value", json!(1))), None),
            by(&tower(-1), Some(&changed("hop_length", json!(481))), None),
            by(&tower(-1), Some(&changed("hop_length", json!(0))), None),
            by(&tower(-1), Some(&changed("frequency_max", json!(14000.5))), None),
            by(&tower(-1), Some(&changed("frequency_max", json!(24001))), None),
        ];
        for (at, refused) in refused.into_iter().enumerate() {
            assert_eq!(refused.unwrap_err().code(), "PreprocessError::Manifest", "{at}");
        }
        // YAMNet's patches say their sides themselves.
        let yamnet = network(
            vec![port("x", ElementKind::F32, &[-1, 1, 96, 64])],
            vec![port("embedding", ElementKind::F32, &[-1, 1024])],
        );
        let manifest = describe(&yamnet, &Beside::default()).unwrap();
        assert_eq!((manifest.kind, manifest.dimension), (NetworkKind::Audio, 1024));
        assert_eq!(manifest.sound, crate::manifest::SoundSettings::default());
    }

    #[test]
    fn what_is_not_clear_must_be_said() {
        let both = network([sentences().inputs, pictures(224).inputs].concat(), sentences().outputs);
        let unnamed = network(
            pictures(224).inputs,
            vec![port("a", ElementKind::F32, &[-1, 8]), port("b", ElementKind::F32, &[-1, 9])],
        );
        let unsized_output = network(pictures(224).inputs, vec![port("y", ElementKind::F32, &[-1, -1])]);
        for network in [both, unnamed.clone(), unsized_output.clone(), Inspection::default()] {
            let error = describe(&network, &Beside::default()).unwrap_err();
            assert_eq!(error.code(), "PreprocessError::Manifest");
        }
        assert_eq!(
            describe(&unnamed, &Beside { output: Some("b"), ..Beside::default() }).unwrap().dimension,
            9
        );
        assert_eq!(
            describe(&unsized_output, &Beside { dimension: Some(7), ..Beside::default() }).unwrap().dimension,
            7
        );
    }
}
