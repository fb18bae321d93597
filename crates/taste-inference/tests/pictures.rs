//! Decoding: the formats, orientation, SVG, and everything that is refused.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbaImage};
use taste_inference::{Content, Encoder, MAX_SVG_BYTES, Picture, SVG_SIDE};

fn encoded(format: ImageFormat) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(40, 30, |x, y| image::Rgba([(x * 6) as u8, (y * 8) as u8, 90, 255]));
    let picture = DynamicImage::ImageRgba8(pixels);
    let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn code(bytes: &[u8]) -> &'static str {
    Picture::decode(bytes).unwrap_err().code()
}

#[test]
fn png_jpeg_webp_and_gif_are_decoded_by_their_bytes() {
    let exact = Picture::decode(&encoded(ImageFormat::Png)).unwrap();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let picture = Picture::decode(&encoded(format)).unwrap();
        assert_eq!((picture.width(), picture.height()), (40, 30));
        let near = |(a, b): (&u8, &u8)| a.abs_diff(*b) < 24;
        let differing =
            picture.rgba().pixels.iter().zip(exact.rgba().pixels).filter(|pair| !near(*pair)).count();
        assert!(differing < 100, "{format:?}: {differing}");
    }
    // The declared type decides only between picture and text.
    let visual = Encoder::builtin("visual@1").unwrap();
    let mislabelled = Content { media_type: "image/gif", bytes: &encoded(ImageFormat::Png) };
    let labelled = Content { media_type: "IMAGE/PNG", bytes: &encoded(ImageFormat::Png) };
    assert_eq!(visual.embed(&mislabelled).unwrap(), visual.embed(&labelled).unwrap());
}

/// A JPEG with an EXIF note that the camera was held sideways (orientation 6: turn by 90° clockwise).
#[test]
fn a_camera_held_sideways_gives_an_upright_picture() {
    let jpeg = encoded(ImageFormat::Jpeg);
    let tiff = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut exif = b"\xFF\xE1".to_vec();
    exif.extend(u16::try_from(2 + 6 + tiff.len()).unwrap().to_be_bytes());
    exif.extend(b"Exif\0\0");
    exif.extend(tiff);
    let turned = [&jpeg[..2], &exif, &jpeg[2..]].concat();
    let (plain, turned) = (Picture::decode(&jpeg).unwrap(), Picture::decode(&turned).unwrap());
    assert_eq!((turned.width(), turned.height()), (30, 40));
    let pixel = |picture: &Picture, x: u32, y: u32| {
        let at = ((y * picture.width() + x) * 4) as usize;
        picture.rgba().pixels[at..at + 4].to_vec()
    };
    // The lower left corner comes to the upper left.
    assert_eq!(pixel(&turned, 0, 0), pixel(&plain, 0, 29));
}

#[test]
fn truncated_and_unknown_files_are_refused() {
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let bytes = encoded(format);
        assert_eq!(code(&bytes[..bytes.len() / 2]), "PreprocessError::ImageUnreadable", "{format:?}");
    }
    let jpeg = encoded(ImageFormat::Jpeg);
    assert_eq!(code(&jpeg[..jpeg.len() / 4]), "PreprocessError::ImageUnreadable");
    assert_eq!(code(b""), "PreprocessError::ImageFormat");
    assert_eq!(code(b"GIF89a"), "PreprocessError::ImageUnreadable");
    assert_eq!(code(b"<html></html>"), "PreprocessError::ImageFormat");
    assert_eq!(code(b"\0\0\0\x20ftypavif"), "PreprocessError::ImageFormat");
}

/// A PNG of some 100 bytes that declares `width` × `height` pixels.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1A\n\0\0\0\x0D".to_vec();
    png.extend(&header);
    png.extend(crc32(&header).to_be_bytes());
    for chunk in [b"IDAT".as_slice(), b"IEND"] {
        png.extend([0; 4]);
        png.extend(chunk);
        png.extend(crc32(chunk).to_be_bytes());
    }
    png
}

/// The checksum of PNG (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

#[test]
fn pictures_that_declare_too_much_are_refused_before_they_are_decoded() {
    assert_eq!(code(&bomb(60_000, 60_000)), "PreprocessError::ImageTooLarge");
    assert_eq!(code(&bomb(8_193, 8_193)), "PreprocessError::ImageTooLarge");
    assert_eq!(code(&bomb(2_000_000_000, 1)), "PreprocessError::ImageTooLarge");
    // The same file with a size that is allowed gets as far as the missing pixels.
    assert_eq!(code(&bomb(100, 100)), "PreprocessError::ImageUnreadable");
    let gif = b"GIF89a\xFF\xFF\xFF\xFF\0\0\0,\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02D\x01\0;";
    assert_eq!(code(gif), "PreprocessError::ImageTooLarge");
}

#[test]
fn svg_is_drawn_with_its_longer_side_at_256() {
    let svg = br##"<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">
        <rect width="100" height="100" fill="#ff0000"/></svg>"##;
    let picture = Picture::decode(svg).unwrap();
    assert_eq!((picture.width(), picture.height()), (SVG_SIDE, SVG_SIDE / 2));
    let row = &picture.rgba().pixels[..SVG_SIDE as usize * 4];
    assert_eq!(row[..4], [255, 0, 0, 255]);
    assert_eq!(row[row.len() - 4..], [0, 0, 0, 0]);
}

fn svg(inner: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">{inner}</svg>"#
    )
    .into_bytes()
}

#[test]
fn an_svg_that_reaches_outside_of_itself_is_refused() {
    for href in [
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.com/a.png",
        "data:image/png;base64,iVBORw0KGgo=",
    ] {
        for attribute in ["href", "xlink:href"] {
            let inner = format!(r#"<image width="9" height="9" {attribute}="{href}"/>"#);
            assert_eq!(code(&svg(&inner)), "InferenceError::SvgReference", "{attribute}={href}");
        }
    }
}

#[test]
fn an_svg_that_multiplies_is_refused() {
    let doubling = |element: &str| {
        let mut inner = format!(r#"<defs><g id="a0">{element}</g>"#);
        for level in 1..24 {
            let below = level - 1;
            inner += &format!(r##"<g id="a{level}"><use href="#a{below}"/><use href="#a{below}"/></g>"##);
        }
        svg(&(inner + r##"</defs><use href="#a23"/>"##))
    };
    assert_eq!(code(&doubling(r#"<rect width="9" height="9"/>"#)), "PreprocessError::ImageTooLarge");
    let shapes = r#"<rect width="9" height="9"/>"#.repeat(60_000);
    assert_eq!(code(&svg(&shapes)), "PreprocessError::ImageTooLarge");
    let octaves = r##"<filter id="f"><feTurbulence numOctaves="4000000000"/></filter><rect width="9" height="9" filter="url(#f)"/>"##;
    assert_eq!(code(&svg(octaves)), "PreprocessError::ImageTooLarge");
    let entities =
        br#"<!DOCTYPE svg [<!ENTITY a "aaaaaaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>"#;
    assert_eq!(code(entities), "PreprocessError::ImageUnreadable");
    assert_eq!(code(&svg(&" ".repeat(MAX_SVG_BYTES))), "PreprocessError::ImageTooLarge");
    assert_eq!(code(b"<svg xmlns='http://www.w3.org/2000/svg'><g>"), "PreprocessError::ImageUnreadable");
}

#[test]
fn deep_svg_does_not_overflow_the_stack() {
    let nested = |depth: usize| {
        svg(&("<g opacity='0.9'>".repeat(depth) + "<rect width='9' height='9'/>" + &"</g>".repeat(depth)))
    };
    assert!(Picture::decode(&nested(90)).is_ok());
    assert_eq!(code(&nested(900)), "PreprocessError::ImageTooLarge");
    assert!(Picture::decode(&nested(20_000)).is_err());
}

#[test]
fn a_text_is_no_picture_and_a_picture_no_text() {
    let visual = Encoder::builtin("visual@1").unwrap();
    let text = Encoder::builtin("text@1").unwrap();
    let code = |encoder: &Encoder, media_type, bytes| {
        encoder.embed(&Content { media_type, bytes }).unwrap_err().code()
    };
    assert_eq!(code(&visual, "text/plain", b"hello"), "InferenceError::WrongKind");
    assert_eq!(code(&text, "image/png", b"hello"), "InferenceError::WrongKind");
    assert_eq!(code(&text, "text/plain", b"\xC3\x28"), "InferenceError::NotUtf8");
    assert_eq!(code(&text, "text/plain", b"  "), "EncoderError::TextEmpty");
    assert_eq!(Encoder::builtin("visual@9").unwrap_err().code(), "InferenceError::UnknownEncoder");
    assert!(text.embed(&Content { media_type: "text/plain; charset=utf-8", bytes: b"hello" }).is_ok());
}
