//! `audio@1`: 70 measurements of a sound.
//!
//! The sound is heard in windows of about 46 ms that overlap by half, each weighed by Hann's window and brought to its spectrum
//! ([`spectrum`]). Loudness, brightness, noisiness, sixteen bands, twelve pitch classes, and how strongly the onsets repeat at
//! usual tempos. Sources: Tzanetakis & Cook, *Musical genre classification of audio signals*, 2002 (centroid, rolloff, flux, zero
//! crossings, beat); Peeters, *A large set of audio features*, 2004 (flatness, spread, crest); Fujishima, *Realtime chord
//! recognition*, 1999 (pitch classes). What is *not* here: decoding, and meaning.

mod spectrum;

use taste_core::Embedding;

use crate::{
    dimensions::{Group, scaled, total},
    error::EncoderError,
    roots::sqrt,
};
use spectrum::Spectrum;

/// The encoder id of [`audio`].
pub const AUDIO_ID: &str = "audio@1";

/// How many numbers [`audio`] gives.
pub const AUDIO_DIMENSION: usize = total(AUDIO_GROUPS) + 1;

/// The longest sound, in seconds.
pub const MAX_SECONDS: u32 = 600;

/// Sample rates that are heard.
const RATES: core::ops::RangeInclusive<u32> = 8_000..=192_000;

/// Decibels of silence.
const FLOOR: f64 = -80.0;

/// Borders of the bands grow by this factor from 60 Hz on, up to about 10 kHz.
const BANDS: usize = 16;
const LOWEST: f64 = 60.0;
const BAND_RATIO: f64 = 1.38;

/// Beats a minute whose repetition is measured.
const TEMPOS: [f64; 7] = [60.0, 80.0, 100.0, 120.0, 140.0, 160.0, 180.0];

/// The dimensions of `audio@1`, in order; one more follows, the [`ANCHOR`](crate::ANCHOR). Decibels are of full scale.
pub const AUDIO_GROUPS: &[Group] = &[
    Group::new("loudness: mean and standard deviation, dB", 2, -10.0, 15.0),
    Group::new("loudness at its 10th, 50th, 90th percentile, dB", 3, -26.0, 14.0),
    Group::new("share of windows below -60 dB", 1, 0.05, 0.15),
    Group::new("crest: peak over root mean square, dB", 1, 15.0, 5.0),
    Group::new("zero crossings per sample: mean and standard deviation", 2, 0.06, 0.05),
    Group::new("log2 of the centroid in Hz: mean and standard deviation", 2, 6.0, 5.0),
    Group::new("log2 of the spread about the centroid in Hz: mean", 1, 10.5, 1.0),
    Group::new("log2 of the 85 % rolloff in Hz: mean", 1, 11.5, 1.3),
    Group::new("log10 flatness: mean and standard deviation", 2, -1.0, 1.0),
    Group::new("flux between windows: mean and standard deviation", 2, 0.2, 0.15),
    Group::new("16 bands from 60 Hz, dB of the whole: mean", BANDS, -16.0, 9.0),
    Group::new("16 bands from 60 Hz, dB of the whole: standard deviation", BANDS, 6.0, 4.0),
    Group::new("12 pitch classes from A, as shares between 80 and 2000 Hz", 12, 0.083, 0.06),
    Group::new("autocorrelation of onsets at 60, 80, 100, 120, 140, 160, 180 beats a minute", 7, 0.1, 0.2),
    Group::new("ln(1 + onsets a second)", 1, 1.0, 0.5),
    Group::new("ln duration in seconds", 1, 3.0, 1.5),
];

/// Embeds a sound of one channel: [`AUDIO_DIMENSION`] numbers of unit norm, in the order of [`AUDIO_GROUPS`]. `samples` are −1 to
/// 1; several channels are averaged before.
///
/// # Errors
/// [`EncoderError::AudioRate`], [`EncoderError::AudioLength`] for under one window or over [`MAX_SECONDS`], and
/// [`EncoderError::AudioSample`] for a sample that is not finite.
pub fn audio(samples: &[f32], rate: u32) -> Result<Embedding, EncoderError> {
    if !RATES.contains(&rate) {
        return Err(EncoderError::AudioRate { found: rate });
    }
    // The power of two nearest to 46 ms: 2048 at 44.1 and 48 kHz.
    let window = (f64::from(rate) * 0.0464 * core::f64::consts::SQRT_2) as usize;
    let window = 1usize << window.ilog2();
    if samples.len() < window || samples.len() > rate as usize * MAX_SECONDS as usize {
        return Err(EncoderError::AudioLength { found: samples.len(), least: window, seconds: MAX_SECONDS });
    }
    if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
        return Err(EncoderError::AudioSample { index });
    }
    let hop = window / 2;
    let width = f64::from(rate) / window as f64;
    let mut spectrum = Spectrum::new(window);
    let mut frames = Frames::default();
    let mut previous: Option<Vec<f64>> = None;
    let mut classes = [0.0; 12];
    for frame in samples.windows(window).step_by(hop) {
        let square: f64 = frame.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
        frames.loudness.push(decibels(square / window as f64));
        let crossings = frame.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
        frames.crossings.push(crossings as f64 / window as f64);
        let power = spectrum.power(frame);
        let whole: f64 = power.iter().sum();
        if whole <= 1e-12 {
            frames.flux.push(0.0);
            previous = None;
            continue;
        }
        shape(&power, whole, width, &mut frames);
        add_classes(&power, width, &mut classes);
        let normal: Vec<f64> = power.iter().map(|value| sqrt(value / whole)).collect();
        let rise = previous.as_ref().map_or(0.0, |previous| {
            previous
                .iter()
                .zip(&normal)
                .map(|(before, now)| (now - before).max(0.0))
                .map(|rise| rise * rise)
                .sum()
        });
        frames.flux.push(sqrt(rise));
        previous = Some(normal);
    }
    let seconds = samples.len() as f64 / f64::from(rate);
    let raw = frames.measured(samples, &classes, f64::from(rate) / hop as f64, seconds);
    Ok(Embedding::normalised(AUDIO_ID.into(), scaled(AUDIO_GROUPS, &raw))?)
}

/// One number a window of each.
#[derive(Default)]
struct Frames {
    loudness: Vec<f64>,
    crossings: Vec<f64>,
    centroid: Vec<f64>,
    spread: Vec<f64>,
    rolloff: Vec<f64>,
    flatness: Vec<f64>,
    flux: Vec<f64>,
    bands: [Vec<f64>; BANDS],
}

impl Frames {
    fn measured(&self, samples: &[f32], classes: &[f64; 12], rate: f64, seconds: f64) -> Vec<f64> {
        let mut raw = Vec::with_capacity(AUDIO_DIMENSION);
        raw.extend(moments(&self.loudness));
        let mut sorted = self.loudness.clone();
        sorted.sort_by(f64::total_cmp);
        raw.extend([10, 50, 90].map(|percent| sorted[(sorted.len() - 1) * percent / 100]));
        let silent = self.loudness.iter().filter(|loudness| **loudness < -60.0).count();
        raw.push(silent as f64 / self.loudness.len() as f64);
        let peak = samples.iter().map(|sample| f64::from(sample.abs())).fold(0.0, f64::max);
        let square: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
        raw.push((decibels(peak * peak) - decibels(square / samples.len() as f64)).max(0.0));
        raw.extend(moments(&self.crossings));
        raw.extend(moments(&self.centroid));
        raw.push(moments(&self.spread)[0]);
        raw.push(moments(&self.rolloff)[0]);
        raw.extend(moments(&self.flatness));
        raw.extend(moments(&self.flux));
        let bands = self.bands.each_ref().map(|band| moments(band));
        raw.extend(bands.map(|[mean, _]| mean));
        raw.extend(bands.map(|[_, deviation]| deviation));
        let whole: f64 = classes.iter().sum();
        raw.extend(classes.map(|class| if whole > 0.0 { class / whole } else { 1.0 / 12.0 }));
        raw.extend(self.rhythm(rate));
        raw.push(libm::log1p(self.onsets(rate) / seconds));
        raw.push(libm::log(seconds));
        raw
    }

    /// How alike the onsets are to themselves a beat later, for each tempo.
    fn rhythm(&self, rate: f64) -> [f64; 7] {
        let [mean, _] = moments(&self.flux);
        let centred: Vec<f64> = self.flux.iter().map(|flux| flux - mean).collect();
        let whole: f64 = centred.iter().map(|value| value * value).sum();
        TEMPOS.map(|tempo| {
            let lag = (60.0 / tempo * rate + 0.5) as usize;
            if whole <= 1e-12 || lag == 0 || lag >= centred.len() {
                return 0.0;
            }
            // The beat rarely falls on whole windows: the best of three neighbours.
            (lag - 1..=lag + 1)
                .map(|lag| {
                    centred
                        .iter()
                        .zip(centred.get(lag..).unwrap_or_default())
                        .map(|(a, b)| a * b)
                        .sum::<f64>()
                })
                .fold(0.0, f64::max)
                / whole
        })
    }

    /// Windows whose flux is a peak well over the mean while the sound grows louder. Two within a tenth of a second are
    /// heard as one.
    fn onsets(&self, rate: f64) -> f64 {
        let [mean, deviation] = moments(&self.flux);
        let least = (mean + deviation).max(0.05);
        let apart = (rate / 10.0) as usize;
        let mut last = None;
        let mut count = 0;
        for (at, near) in self.flux.windows(3).enumerate() {
            let peak = near[1] > least && near[1] >= near[0] && near[1] > near[2];
            let louder = self.loudness[at + 1] > self.loudness[at];
            if peak && louder && last.is_none_or(|last| at - last > apart) {
                last = Some(at);
                count += 1;
            }
        }
        f64::from(count)
    }
}

fn shape(power: &[f64], whole: f64, width: f64, frames: &mut Frames) {
    let frequency = |bin: usize| (bin as f64 + 1.0) * width;
    let centroid = power.iter().enumerate().map(|(bin, value)| frequency(bin) * value).sum::<f64>() / whole;
    let about = |bin: usize| (frequency(bin) - centroid) * (frequency(bin) - centroid);
    let spread = power.iter().enumerate().map(|(bin, value)| about(bin) * value).sum::<f64>() / whole;
    frames.centroid.push(libm::log2(centroid));
    frames.spread.push(libm::log2(sqrt(spread).max(1.0)));
    let mut sum = 0.0;
    let rolloff = power.iter().position(|value| {
        sum += value;
        sum >= 0.85 * whole
    });
    frames.rolloff.push(libm::log2(frequency(rolloff.unwrap_or(power.len() - 1))));
    let mean = whole / power.len() as f64;
    let logarithms: f64 = power.iter().map(|value| libm::log10((value / mean).max(1e-10))).sum();
    frames.flatness.push(logarithms / power.len() as f64);
    let mut border = LOWEST;
    for band in &mut frames.bands {
        let next = border * BAND_RATIO;
        let inside = power
            .iter()
            .enumerate()
            .filter(|(bin, _)| (border..next).contains(&frequency(*bin)))
            .map(|(_, value)| value)
            .sum::<f64>();
        band.push(decibels(inside / whole).max(-40.0));
        border = next;
    }
}

fn add_classes(power: &[f64], width: f64, classes: &mut [f64; 12]) {
    for (bin, value) in power.iter().enumerate() {
        let frequency = (bin as f64 + 1.0) * width;
        if (80.0..2000.0).contains(&frequency) {
            let steps = libm::floor(12.0 * libm::log2(frequency / 440.0) + 0.5) as i64;
            classes[steps.rem_euclid(12) as usize] += value;
        }
    }
}

fn decibels(power: f64) -> f64 {
    if power <= 1e-8 { FLOOR } else { 10.0 * libm::log10(power) }
}

/// Mean and standard deviation; zeros of nothing.
fn moments(values: &[f64]) -> [f64; 2] {
    if values.is_empty() {
        return [0.0; 2];
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    [mean, sqrt(square)]
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::ANCHOR;

    fn measured(samples: &[f32], rate: u32, name: &str) -> Vec<f64> {
        let embedding = audio(samples, rate).unwrap();
        let values = embedding.values();
        let anchor = values[values.len() - 1];
        let at = AUDIO_GROUPS.iter().position(|group| group.name == name).unwrap();
        let start: usize = AUDIO_GROUPS[..at].iter().map(|group| group.len).sum();
        let group = AUDIO_GROUPS[at];
        let raw = |value: &f32| f64::from(value / anchor * ANCHOR) * group.spread + group.centre;
        values[start..start + group.len].iter().map(raw).collect()
    }

    fn tone(frequency: f64, rate: u32, seconds: u32) -> Vec<f32> {
        (0..rate * seconds)
            .map(|at| {
                libm::sin(2.0 * core::f64::consts::PI * frequency * f64::from(at) / f64::from(rate)) as f32
            })
            .collect()
    }

    #[test]
    fn a_full_scale_tone_is_as_loud_high_and_pure_as_it_is_at_every_rate() {
        for rate in [16_000, 44_100, 48_000] {
            let samples = tone(440.0, rate, 2);
            let loudness = measured(&samples, rate, "loudness: mean and standard deviation, dB");
            assert!((loudness[0] + 3.01).abs() < 0.05 && loudness[1].abs() < 0.1, "{rate}: {loudness:?}");
            let crest = measured(&samples, rate, "crest: peak over root mean square, dB")[0];
            assert!((crest - 3.01).abs() < 0.05, "{rate}: {crest}");
            let centroid =
                measured(&samples, rate, "log2 of the centroid in Hz: mean and standard deviation");
            assert!((centroid[0] - libm::log2(440.0)).abs() < 0.05, "{rate}: {centroid:?}");
            let crossings =
                measured(&samples, rate, "zero crossings per sample: mean and standard deviation")[0];
            assert!((crossings - 880.0 / f64::from(rate)).abs() < 0.002, "{rate}: {crossings}");
            let classes =
                measured(&samples, rate, "12 pitch classes from A, as shares between 80 and 2000 Hz");
            // Clamped at four spreads: most of it is A.
            assert!(classes[0] > 0.3 && classes[1..].iter().all(|class| *class < 0.3), "{rate}: {classes:?}");
        }
    }

    #[test]
    fn clicks_at_120_a_minute_repeat_at_120_and_60() {
        let rate = 22_050;
        let mut samples: Vec<f32> = tone(200.0, rate, 12).iter().map(|sample| sample * 0.01).collect();
        let mut state = 1u32;
        for beat in 0..24 {
            let start = beat * rate as usize / 2;
            for sample in &mut samples[start..start + 1500] {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample += (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
            }
        }
        let name = "autocorrelation of onsets at 60, 80, 100, 120, 140, 160, 180 beats a minute";
        let tempos = measured(&samples, rate, name);
        let [at_60, at_120] = [tempos[0], tempos[3]];
        for (tempo, value) in [(80, tempos[1]), (100, tempos[2]), (140, tempos[4]), (160, tempos[5])] {
            assert!(at_120 > value + 0.2 && at_60 > value + 0.2, "{tempo}: {tempos:?}");
        }
        let onsets = libm::expm1(measured(&samples, rate, "ln(1 + onsets a second)")[0]);
        assert!((onsets - 2.0).abs() < 0.4, "{onsets}");
    }

    #[test]
    fn silence_has_an_embedding_and_impossible_sound_an_error() {
        assert!(audio(&vec![0.0; 44_100], 44_100).is_ok());
        let code = |samples: &[f32], rate| audio(samples, rate).unwrap_err().code();
        assert_eq!(code(&[0.0; 100], 44_100), "EncoderError::AudioLength");
        assert_eq!(code(&vec![0.0; 8_000 * 601], 8_000), "EncoderError::AudioLength");
        assert_eq!(code(&[0.0; 4096], 100), "EncoderError::AudioRate");
        assert_eq!(code(&[f32::NAN; 4096], 44_100), "EncoderError::AudioSample");
    }
}
