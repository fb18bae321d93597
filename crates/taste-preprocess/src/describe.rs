//! A manifest from what Hugging Face exports beside a network: `tokenizer.json`, `preprocessor_config.json`, `config.json`.

use serde_json::Value;

use crate::{
    error::PreprocessError,
    inspect::{ElementKind, Inspection, PortInfo},
    manifest::{Filter, Fit, Layout, Manifest, NetworkKind, Pooling},
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
const OUTPUTS: [&str; 8] = [
    "image_embeds",
    "text_embeds",
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
        (false, [input]) if network.inputs.len() == 1 => kind_of(input),
        (true, _) => {
            return wrong(
                "the graph takes texts and pictures; export each tower as a file of its own".to_owned(),
            );
        }
        _ => {
            let names: Vec<String> =
                network.inputs.iter().map(|it| format!("{:?} {:?}", it.name, it.shape)).collect();
            return wrong(format!(
                "the graph's inputs are {}; input_ids, or one f32 picture of four sides, is wanted",
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
        let inner = ["text_config", "vision_config"].iter().find_map(|part| config[part][name].as_u64());
        config[name].as_u64().or(inner).and_then(|value| usize::try_from(value).ok())
    };
    let last = match output.shape[..] {
        [_, d] | [_, d, 1, 1] | [_, _, d] => usize::try_from(d).ok(),
        _ => None,
    };
    let by_config = || match output.name.as_str() {
        "image_embeds" | "text_embeds" => number("projection_dim"),
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
        NetworkKind::Audio => sound(&mut manifest, pictures[0]),
    }
    manifest.checked()
}

fn text(manifest: &mut Manifest, positions: Option<usize>, config: Option<&Value>) {
    let family = config.and_then(|config| config["model_type"].as_str()).unwrap_or_default();
    manifest.tokenizer = Some("tokenizer.json".to_owned());
    // RoBERTa counts positions from its padding id on.
    let lost = if family.contains("roberta") { 2 } else { 0 };
    manifest.max_tokens = positions.map_or(256, |positions| positions - lost.min(positions)).clamp(2, 8192);
    manifest.fill = family.starts_with("clip") || family.starts_with("siglip");
}

/// A picture has three channels; one channel, wide as bands and high as windows, is a patch of a spectrogram.
fn kind_of(input: &PortInfo) -> NetworkKind {
    match input.shape[..] {
        [_, 1, frames, bands] if frames > 0 && bands > 0 => NetworkKind::Audio,
        _ => NetworkKind::Image,
    }
}

fn sound(manifest: &mut Manifest, input: &PortInfo) {
    manifest.input = Some(input.name.clone());
    let side = |at: usize| u32::try_from(input.shape[at]).unwrap_or(u32::MAX);
    manifest.sound.frames = side(2);
    manifest.sound.bands = side(3);
    // YAMNet's patches overlap by half.
    manifest.sound.step = (side(2) / 2).max(1);
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
