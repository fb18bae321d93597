//! Sound to what networks of sounds take: one channel, at the network's rate, as patches of a log-mel spectrogram.
//!
//! The steps are those of YAMNet and VGGish (Hershey et al., *CNN architectures for large-scale audio classification*, 2017): a
//! periodic Hann window, magnitudes of the Fourier transform, triangles on the mel scale of O'Shaughnessy (*Speech communication*,
//! 1987; HTK's), ln(energy + offset), patches that overlap, silence behind the last one.
//!
//! Or they are CLAP's (Wu et al., *Large-scale contrastive language-audio pretraining*, 2023), as Hugging Face's `ClapFeatureExtractor`
//! takes them: crops of ten seconds, mirrored at their ends, powers of the transform, triangles in hertz between points on HTK's or
//! Slaney's scale (*Auditory toolbox*, 1998), decibels. What is shorter is repeated. Of what is longer, that extractor draws one crop by
//! chance; here as many as it takes to hear all lie evenly over the sound, and count alike. Fusion (four spectrograms, three of them drawn by
//! chance) is not built.
//!
//! All in f64, in one order; sines are our own few lines, for those of `libm` bring tables that a page should not wait for.

use std::{
    borrow::Cow,
    f64::consts::{LN_10, PI},
};

use crate::{
    error::PreprocessError,
    manifest::{Front, Padding, Scale, SoundSettings},
};

/// The longest sound that is heard, in seconds.
pub const MAX_SECONDS: u32 = 600;

/// Patches of one run of a network: what a page and a server put together alike.
pub const SOUND_PATCHES: usize = 16;

/// Rates that are resampled.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// A sound (one channel, −1 to 1) as the network's input: how many patches, and their numbers, patch by patch, row by row.
///
/// # Errors
/// [`PreprocessError::AudioUnreadable`] for a rate, a length or a sample that is none, [`PreprocessError::AudioTooLong`].
pub fn sound_tensor(
    settings: &SoundSettings,
    rate: u32,
    samples: &[f32],
) -> Result<([usize; 4], Vec<f32>), PreprocessError> {
    let unreadable = |reason: String| Err(PreprocessError::AudioUnreadable { reason });
    if !RATES.contains(&rate) {
        return unreadable(format!("{rate} samples a second; allowed are 8000 to 192000"));
    }
    if samples.is_empty() {
        return unreadable("it has no samples".to_owned());
    }
    checked_length(samples.len() as u64, rate)?;
    if !samples.iter().all(|sample| sample.is_finite()) {
        return unreadable("a sample is not a number".to_owned());
    }
    let samples = resampled(samples, rate, settings.rate);
    let (frames, step, bands) = (settings.frames as usize, settings.step as usize, settings.bands as usize);
    let (patches, values) = match settings.front {
        Front::Yamnet => {
            let rows = log_mel(settings, &samples);
            let patches = (rows.len() / bands - frames) / step + 1;
            let values = (0..patches).flat_map(|patch| &rows[patch * step * bands..][..frames * bands]);
            (patches, values.map(|value| *value as f32).collect())
        }
        Front::Clap => {
            let crops = crops(settings, &samples);
            (crops.len(), decibels(settings, &crops))
        }
    };
    Ok(([patches, 1, frames, bands], values))
}

/// Refuses what is longer than is heard, before anything is made of it.
///
/// # Errors
/// [`PreprocessError::AudioTooLong`].
pub fn checked_length(samples: u64, rate: u32) -> Result<(), PreprocessError> {
    let found = samples.div_ceil(u64::from(rate.max(1)));
    if found > u64::from(MAX_SECONDS) {
        return Err(PreprocessError::AudioTooLong { found, limit: u64::from(MAX_SECONDS) });
    }
    Ok(())
}

/// Samples at another rate: a sinc under a Hann window over sixteen zero crossings, its cutoff at 0.95 of the lower rate's half.
fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f64> {
    const CROSSINGS: f64 = 16.0;
    if from == to {
        return samples.iter().map(|sample| f64::from(*sample)).collect();
    }
    let common = greatest_common_divisor(from, to);
    let (down, up) = (u64::from(from / common), u64::from(to / common));
    let cutoff = 0.95 * f64::from(to.min(from)) / f64::from(from);
    let reach = (CROSSINGS / cutoff).ceil() as i64;
    // One kernel for each place that an output can have between two inputs.
    let kernels: Vec<Vec<f64>> = (0..up)
        .map(|phase| {
            let fraction = phase as f64 / up as f64;
            let taps = (1 - reach..=reach).map(|tap| {
                let distance = (tap as f64 - fraction) * cutoff;
                if distance.abs() >= CROSSINGS {
                    return 0.0;
                }
                let sinc = if distance == 0.0 { 1.0 } else { sine(distance / 2.0) / (PI * distance) };
                // cos² of a quarter turn at the last crossing.
                let window = sine(distance / CROSSINGS / 4.0 + 0.25);
                sinc * window * window
            });
            let taps: Vec<f64> = taps.collect();
            // So that a constant stays what it is.
            let sum: f64 = taps.iter().sum();
            taps.into_iter().map(|tap| tap / sum).collect()
        })
        .collect();
    let count = (samples.len() as u64 * up).div_ceil(down);
    (0..count)
        .map(|at| {
            let (first, phase) = (at * down / up, at * down % up);
            let start = first as i64 + 1 - reach;
            let kernel = &kernels[phase as usize];
            let skipped = usize::try_from(-start).unwrap_or(0);
            let inside = samples.get(start.max(0) as usize..).unwrap_or_default();
            let taps = kernel.get(skipped..).unwrap_or_default();
            taps.iter().zip(inside).map(|(tap, sample)| tap * f64::from(*sample)).sum()
        })
        .collect()
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Rows of `bands` numbers, enough for whole patches; what is missing to the last one is silence.
fn log_mel(settings: &SoundSettings, samples: &[f64]) -> Vec<f64> {
    let (window, hop) = (settings.window as usize, settings.hop as usize);
    let (frames, step) = (settings.frames as usize, settings.step as usize);
    let one_patch = (frames - 1) * hop + window;
    let further = samples.len().saturating_sub(one_patch).div_ceil(step * hop);
    let rows = frames + further * step;
    let transform = Transform::of(window);
    let triangles = triangles(settings, transform.length);
    let mut values = Vec::with_capacity(rows * triangles.len());
    for row in 0..rows {
        let mut magnitudes = transform.powers(samples.get(row * hop..).unwrap_or_default());
        magnitudes.iter_mut().for_each(|power| *power = power.sqrt());
        values.extend(
            triangles
                .iter()
                .map(|triangle| libm::log(triangle.energy(&magnitudes) + f64::from(settings.offset))),
        );
    }
    values
}

/// What CLAP hears at once, each as long as that: a sound that is shorter, filled up; of a longer one as many crops as it takes to hear all,
/// evenly, the last one up to its end.
fn crops<'a>(settings: &SoundSettings, samples: &'a [f64]) -> Vec<Cow<'a, [f64]>> {
    let length = settings.crop_samples() as usize;
    let Some(beyond) = samples.len().checked_sub(length) else {
        let repeats = match settings.padding {
            Padding::Pad => 1,
            Padding::Repeatpad => length / samples.len(),
            Padding::Repeat => length / samples.len() + 1,
        };
        let mut filled = samples.repeat(repeats);
        filled.resize(length, 0.0);
        return vec![Cow::Owned(filled)];
    };
    let further = beyond.div_ceil(length);
    (0..=further)
        .map(|at| Cow::Borrowed(&samples[(beyond * at).checked_div(further).unwrap_or(0)..][..length]))
        .collect()
}

/// CLAP's spectrograms of crops, one after the other: 10 log₁₀ of the power in each band, at least −100.
fn decibels(settings: &SoundSettings, crops: &[Cow<'_, [f64]>]) -> Vec<f32> {
    let (window, hop) = (settings.window as usize, settings.hop as usize);
    let bands = hertz_triangles(settings);
    let transform = Transform::of(window);
    let mut values = Vec::with_capacity(crops.len() * settings.frames as usize * bands.len());
    for crop in crops {
        // Mirrored at both ends by half a window, so that the first and the last window have their middle there.
        let half = window / 2;
        let before = crop[1..=half].iter().rev();
        let after = crop[crop.len() - 1 - half..crop.len() - 1].iter().rev();
        let padded: Vec<f64> = before.chain(crop.iter()).chain(after).copied().collect();
        for row in 0..settings.frames as usize {
            let powers = transform.powers(&padded[row * hop..]);
            let decibel = |band: &Triangle| libm::log(band.energy(&powers).max(1e-10)) * (10.0 / LN_10);
            values.extend(bands.iter().map(|band| decibel(band) as f32));
        }
    }
    values
}

/// Triangles in hertz, between points that are evenly apart on the scale.
fn hertz_triangles(settings: &SoundSettings) -> Vec<Triangle> {
    let scale = settings.scale;
    let (low, high) = (scale.of(f64::from(settings.low)), scale.of(f64::from(settings.high)));
    let step = (high - low) / f64::from(settings.bands + 1);
    let point = |at: u32| scale.hertz(low + f64::from(at) * step);
    let bin_width = f64::from(settings.rate) / f64::from(settings.window);
    (0..settings.bands)
        .map(|band| {
            let [start, middle, end] = [0, 1, 2].map(|at| point(band + at));
            let height = match scale {
                Scale::Htk => 1.0,
                Scale::Slaney => 2.0 / (end - start),
            };
            Triangle::of((0..=settings.window / 2).map(|bin| {
                let hertz = f64::from(bin) * bin_width;
                let rise = ((hertz - start) / (middle - start)).min((end - hertz) / (end - middle));
                rise.max(0.0) * height
            }))
        })
        .collect()
}

/// Slaney's scale goes with hertz up to here, and with their logarithm above.
const LINEAR_TO: f64 = 1_000.0;
const LINEAR_MELS: f64 = 15.0;

impl Scale {
    /// A place on the scale. (HTK's but for a factor, which makes no difference.)
    fn of(self, hertz: f64) -> f64 {
        match self {
            Self::Htk => libm::log(1.0 + hertz / 700.0),
            Self::Slaney if hertz < LINEAR_TO => 3.0 * hertz / 200.0,
            Self::Slaney => LINEAR_MELS + libm::log(hertz / LINEAR_TO) * (27.0 / libm::log(6.4)),
        }
    }

    fn hertz(self, place: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (libm::exp(place) - 1.0),
            Self::Slaney if place < LINEAR_MELS => 200.0 * place / 3.0,
            Self::Slaney => LINEAR_TO * libm::exp((place - LINEAR_MELS) * (libm::log(6.4) / 27.0)),
        }
    }
}

/// The weights of a band's bins, from the first that has one.
struct Triangle {
    first: usize,
    weights: Vec<f64>,
}

impl Triangle {
    fn of(weights: impl Iterator<Item = f64>) -> Self {
        let mut weights: Vec<f64> = weights.collect();
        weights.truncate(weights.iter().rposition(|weight| *weight > 0.0).map_or(0, |last| last + 1));
        let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or(0);
        Self { first, weights: weights.split_off(first) }
    }

    fn energy(&self, bins: &[f64]) -> f64 {
        self.weights.iter().zip(&bins[self.first..]).map(|(weight, size)| weight * size).sum()
    }
}

/// YAMNet's bands, over the bins of the transform: triangles on the scale itself.
fn triangles(settings: &SoundSettings, length: usize) -> Vec<Triangle> {
    let mel = |hertz: f64| 1127.0 * libm::log(1.0 + hertz / 700.0);
    let (low, high) = (mel(f64::from(settings.low)), mel(f64::from(settings.high)));
    let width = (high - low) / f64::from(settings.bands + 1);
    (0..settings.bands)
        .map(|band| {
            let start = low + f64::from(band) * width;
            Triangle::of((0..=length / 2).map(|bin| {
                let at = mel(bin as f64 * f64::from(settings.rate) / length as f64);
                // The constant part belongs to no band.
                let rise = ((at - start) / width).min((start + 2.0 * width - at) / width);
                if bin == 0 { 0.0 } else { rise.max(0.0) }
            }))
        })
        .collect()
}

/// Cooley and Tukey's transform of a window, filled with zeros up to a power of two. (`taste-encoders` has one for `audio@1`, by `libm`'s
/// sines, whose bits must stay.)
struct Transform {
    length: usize,
    window: Vec<f64>,
    /// cos and −sin of 2πk/n for k below n/2.
    turns: Vec<[f64; 2]>,
}

impl Transform {
    fn of(window: usize) -> Self {
        let length = window.next_power_of_two();
        let turn = |at: usize, of: usize| at as f64 / of as f64;
        Self {
            length,
            window: (0..window).map(|at| 0.5 - 0.5 * sine(turn(at, window) + 0.25)).collect(),
            turns: (0..length / 2)
                .map(|at| [sine(turn(at, length) + 0.25), -sine(turn(at, length))])
                .collect(),
        }
    }

    /// The squared sizes of the bins from 0 to n/2.
    fn powers(&self, samples: &[f64]) -> Vec<f64> {
        let bits = self.length.trailing_zeros();
        let mut work = vec![[0.0; 2]; self.length];
        for (at, (sample, weight)) in samples.iter().zip(&self.window).enumerate() {
            work[at.reverse_bits() >> (usize::BITS - bits)] = [sample * weight, 0.0];
        }
        let mut half = 1;
        while half < self.length {
            let stride = self.length / (2 * half);
            for pair in work.chunks_exact_mut(2 * half) {
                let (first, second) = pair.split_at_mut(half);
                for (at, (a, b)) in first.iter_mut().zip(second).enumerate() {
                    let [cos, sin] = self.turns[at * stride];
                    let turned = [b[0] * cos - b[1] * sin, b[0] * sin + b[1] * cos];
                    *b = [a[0] - turned[0], a[1] - turned[1]];
                    *a = [a[0] + turned[0], a[1] + turned[1]];
                }
            }
            half *= 2;
        }
        work[..=self.length / 2].iter().map(|[re, im]| re * re + im * im).collect()
    }
}

/// The sine of so many turns, to some 10⁻¹⁶: Taylor's series over a quarter turn.
fn sine(turns: f64) -> f64 {
    let turns = turns - (turns + 0.5).floor();
    let turns = if turns.abs() > 0.25 { 0.5f64.copysign(turns) - turns } else { turns };
    let angle = turns * 2.0 * PI;
    let square = angle * angle;
    let mut sum = 1.0;
    for term in (1..=11).rev() {
        sum = 1.0 - square / f64::from(2 * term * (2 * term + 1)) * sum;
    }
    angle * sum
}

/// A WAV file: its rate, and its channels averaged.
///
/// # Errors
/// [`PreprocessError::AudioUnreadable`] for anything but PCM of 8, 16, 24 or 32 bits or floats of 32 bits;
/// [`PreprocessError::AudioTooLong`], from the header alone.
pub fn read_wav(bytes: &[u8]) -> Result<(u32, Vec<f32>), PreprocessError> {
    let unreadable = |reason: &str| PreprocessError::AudioUnreadable { reason: reason.to_owned() };
    let (head, mut rest) = bytes.split_at_checked(12).ok_or_else(|| unreadable("it is no WAV file"))?;
    if !(head.starts_with(b"RIFF") && head.ends_with(b"WAVE")) {
        return Err(unreadable("it is no WAV file"));
    }
    let number = |bytes: &[u8], at: usize, size: usize| {
        bytes[at..at + size].iter().rev().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte))
    };
    let mut format = None;
    loop {
        let (head, body) = rest.split_at_checked(8).ok_or_else(|| unreadable("it ends before its sound"))?;
        let size = number(head, 4, 4) as usize;
        match &head[..4] {
            b"fmt " if size >= 16 && body.len() >= size => {
                // In the extensible form the kind stands further behind.
                let kind = number(body, 0, 2);
                let kind = if kind == 0xFFFE && size >= 26 { number(body, 24, 2) } else { kind };
                let (channels, bits) = (number(body, 2, 2) as usize, number(body, 14, 2) as usize);
                let known = matches!((kind, bits), (1, 8 | 16 | 24 | 32) | (3, 32));
                if !known || !(1..=64).contains(&channels) {
                    return Err(unreadable("its samples are none of 8, 16, 24 or 32 bits"));
                }
                format = Some((kind, channels, bits / 8, number(body, 4, 4)));
            }
            b"data" => {
                let (kind, channels, width, rate) =
                    format.ok_or_else(|| unreadable("it does not say what its sound is"))?;
                let frame = channels * width;
                checked_length((size / frame) as u64, rate)?;
                let sound = body.get(..size).ok_or_else(|| unreadable("it ends before its sound does"))?;
                let sample = |bytes: &[u8]| {
                    let value = number(bytes, 0, width);
                    match (kind, width) {
                        (3, _) => f64::from(f32::from_bits(value)),
                        (_, 1) => (f64::from(value) - 128.0) / 128.0,
                        // Its sign comes to the top bit.
                        _ => f64::from((value << (32 - 8 * width)) as i32) / 2_147_483_648.0,
                    }
                };
                let mixed = sound.chunks_exact(frame).map(|frame| {
                    let sum: f64 = frame.chunks_exact(width).map(sample).sum();
                    (sum / channels as f64) as f32
                });
                return Ok((rate, mixed.collect()));
            }
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let count = (f64::from(rate) * seconds) as u32;
        (0..count)
            .map(|at| (0.5 * (2.0 * PI * hertz * f64::from(at) / f64::from(rate)).sin()) as f32)
            .collect()
    }

    fn wav(kind: u16, channels: u16, bits: u16, rate: u32, sound: &[u8], declared: u32) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        // A chunk that nobody knows, of odd length.
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend(declared.to_le_bytes());
        file.extend(sound);
        file
    }

    #[test]
    fn sines_are_those_of_the_standard_library() {
        for at in -1000..1000 {
            let turns = f64::from(at) * 0.003_7;
            assert!((sine(turns) - (2.0 * PI * turns).sin()).abs() < 3e-15, "{turns}");
        }
    }

    #[test]
    fn the_transform_is_the_sum_that_defines_it() {
        let samples: Vec<f64> = (0..20).map(|at| f64::from((at * 37 + 11) % 17) / 17.0 - 0.4).collect();
        for (bin, found) in Transform::of(20).powers(&samples).into_iter().enumerate() {
            let (mut re, mut im) = (0.0, 0.0);
            for (at, sample) in samples.iter().enumerate() {
                let weight = 0.5 - 0.5 * (2.0 * PI * at as f64 / 20.0).cos();
                let angle = 2.0 * PI * (bin * at) as f64 / 32.0;
                re += sample * weight * angle.cos();
                im -= sample * weight * angle.sin();
            }
            assert!((found - (re * re + im * im)).abs() < 1e-12, "{bin}");
        }
    }

    #[test]
    fn a_tone_is_the_same_tone_at_another_rate() {
        for from in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let heard = resampled(&tone(1_000.0, from, 0.5), from, 16_000);
            let expected = tone(1_000.0, 16_000, 0.5);
            assert!(heard.len().abs_diff(expected.len()) <= 1, "{from}");
            // Away from the ends, where silence begins.
            for at in 1_000..7_000 {
                assert!((heard[at] - f64::from(expected[at])).abs() < 2e-4, "{from}: {at}");
            }
        }
        // What the lower rate cannot hold is gone, not folded down.
        let above = resampled(&tone(12_000.0, 48_000, 0.5), 48_000, 16_000);
        assert!(above[1_000..7_000].iter().all(|value| value.abs() < 1e-3));
    }

    #[test]
    fn a_sound_becomes_as_many_patches_as_yamnet_makes() {
        // 0.975 s are the first patch, and every 0.48 s begun after them is one more.
        for (samples, patches) in [(1, 1), (15_600, 1), (15_601, 2), (15_600 + 7_680, 2), (16_000 * 10, 20)] {
            let (shape, data) =
                sound_tensor(&SoundSettings::default(), 16_000, &vec![0.25; samples]).unwrap();
            assert_eq!(shape, [patches, 1, 96, 64], "{samples}");
            assert_eq!(data.len(), patches * 96 * 64);
        }
        let (_, silence) = sound_tensor(&SoundSettings::default(), 16_000, &[0.0; 16_000]).unwrap();
        assert!(silence.iter().all(|value| (value - (0.001f32).ln()).abs() < 1e-6));
    }

    fn clap(padding: Padding) -> SoundSettings {
        let (rate, window, hop, frames, bands) = (8_000, 256, 80, 101, 16);
        let front =
            SoundSettings { front: Front::Clap, scale: Scale::Slaney, padding, ..SoundSettings::default() };
        SoundSettings { rate, window, hop, frames, bands, low: 50, high: 4_000, ..front }
    }

    #[test]
    fn claps_crops_lie_evenly_over_a_long_sound_and_each_is_heard_by_itself() {
        let settings = clap(Padding::Repeatpad);
        let sound: Vec<f32> = (0..30_000i64).map(|at| (at * at / 97 % 512 - 256) as f32 / 512.0).collect();
        for (samples, starts) in [
            (8_000, vec![0]),
            (8_001, vec![0, 1]),
            (16_000, vec![0, 8_000]),
            (20_001, vec![0, 6_000, 12_001]),
            (24_000, vec![0, 8_000, 16_000]),
        ] {
            let ([patches, one, frames, bands], values) =
                sound_tensor(&settings, 8_000, &sound[..samples]).unwrap();
            assert_eq!([patches, one, frames, bands], [starts.len(), 1, 101, 16], "{samples}");
            for (start, heard) in starts.iter().zip(values.chunks(frames * bands)) {
                let (_, alone) = sound_tensor(&settings, 8_000, &sound[*start..][..8_000]).unwrap();
                assert_eq!(heard, alone, "{samples}: {start}");
            }
        }
    }

    #[test]
    fn what_is_shorter_than_a_crop_is_filled_up_in_three_ways() {
        let sound: Vec<f32> = (0..3_000i64).map(|at| (at * at / 97 % 512 - 256) as f32 / 512.0).collect();
        let heard = |padding, samples: &[f32]| sound_tensor(&clap(padding), 8_000, samples).unwrap().1;
        let silence = |count: usize| vec![0.0; count];
        for (padding, filled) in [
            (Padding::Pad, [sound.clone(), silence(5_000)].concat()),
            (Padding::Repeatpad, [sound.repeat(2), silence(2_000)].concat()),
            (Padding::Repeat, sound.repeat(3)[..8_000].to_vec()),
        ] {
            assert_eq!(heard(padding, &sound), heard(Padding::Pad, &filled), "{padding:?}");
        }
        assert!(heard(Padding::Repeat, &[0.0]).iter().all(|value| *value == -100.0));
    }

    #[test]
    fn what_lasts_ten_hours_is_refused_by_its_length_alone() {
        let code = |rate, samples: &[f32]| {
            sound_tensor(&SoundSettings::default(), rate, samples).unwrap_err().code()
        };
        assert_eq!(code(8_000, &vec![0.0; 8_000 * 600 + 1]), "PreprocessError::AudioTooLong");
        assert_eq!(code(16_000, &[]), "PreprocessError::AudioUnreadable");
        assert_eq!(code(7_999, &[0.0]), "PreprocessError::AudioUnreadable");
        assert_eq!(code(16_000, &[f32::NAN]), "PreprocessError::AudioUnreadable");
        // A header that promises ten hours, and none of them behind it.
        let hours = wav(1, 1, 8, 8_000, &[], 36_000 * 8_000);
        let error = read_wav(&hours).unwrap_err();
        assert_eq!(error.code(), "PreprocessError::AudioTooLong");
    }

    #[test]
    fn wav_files_of_every_width_hold_the_same_sound() {
        let sound: Vec<f32> = vec![0.0, 0.5, -0.5, -1.0, 0.25, -0.25];
        let of = |kind, bits, bytes: Vec<u8>| {
            let file = wav(kind, 1, bits, 22_050, &bytes, bytes.len() as u32);
            assert_eq!(read_wav(&file).unwrap(), (22_050, sound.clone()), "{bits}");
        };
        let whole = |bits: u32| {
            let scaled =
                sound.iter().map(move |sample| (f64::from(*sample) * f64::from(1u32 << (bits - 1))) as i32);
            scaled
                .flat_map(move |value| value.to_le_bytes()[..bits as usize / 8].to_vec())
                .collect::<Vec<u8>>()
        };
        of(1, 8, sound.iter().map(|sample| (sample * 128.0 + 128.0) as u8).collect());
        of(1, 16, whole(16));
        of(1, 24, whole(24));
        of(1, 32, whole(32));
        of(3, 32, sound.iter().flat_map(|sample| sample.to_le_bytes()).collect());
        let stereo = wav(1, 2, 16, 8_000, &[0, 64, 0, 0, 0, 192, 0, 0], 8);
        assert_eq!(read_wav(&stereo).unwrap(), (8_000, vec![0.25, -0.25]));
    }

    #[test]
    fn what_is_no_wav_file_is_refused_wherever_it_ends() {
        let whole = wav(1, 1, 16, 16_000, &[1; 64], 64);
        assert!(read_wav(&whole).is_ok());
        for end in 0..whole.len() {
            assert_eq!(
                read_wav(&whole[..end]).unwrap_err().code(),
                "PreprocessError::AudioUnreadable",
                "{end}"
            );
        }
        for at in 0..whole.len() {
            // Whatever it says, it says it without a panic.
            let mut damaged = whole.clone();
            damaged[at] ^= 0xFF;
            let _ = read_wav(&damaged);
        }
        for (kind, bits) in [(1, 12), (2, 16), (3, 64), (85, 0)] {
            let other = wav(kind, 1, bits, 16_000, &[1; 64], 64);
            assert_eq!(read_wav(&other).unwrap_err().code(), "PreprocessError::AudioUnreadable");
        }
    }
}
