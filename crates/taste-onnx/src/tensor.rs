//! Reading tensors without believing them: dimensions are multiplied with overflow checks and must agree with the
//! bytes that are really there, so memory is only ever asked for in proportion to the file.

use alloc::{string::String, vec::Vec};

use crate::{
    error::OnnxError,
    proto::{ElementType, TensorProto},
};

/// The tensor's dimensions as sizes, and how many elements that makes.
///
/// # Errors
/// [`OnnxError::Dimensions`] when one is negative or their product does not fit the machine's word.
pub fn dims(tensor: &TensorProto) -> Result<(Vec<usize>, usize), OnnxError> {
    let wrong = || OnnxError::Dimensions { name: shortened(&tensor.name) };
    let mut elements = 1usize;
    let mut sizes = Vec::with_capacity(tensor.dims.len());
    for &dim in &tensor.dims {
        let size = usize::try_from(dim).map_err(|_| wrong())?;
        elements = elements.checked_mul(size).ok_or_else(wrong)?;
        sizes.push(size);
    }
    Ok((sizes, elements))
}

/// The elements of an `f32` tensor, row-major. Any bits are handed on, NaN included: finiteness is the caller's.
///
/// # Errors
/// [`OnnxError::ElementType`], [`OnnxError::Dimensions`], [`OnnxError::Length`], [`OnnxError::ExternalData`].
pub fn tensor_f32(tensor: &TensorProto) -> Result<Vec<f32>, OnnxError> {
    let raw = |bytes: [u8; 4]| f32::from_le_bytes(bytes);
    elements(tensor, ElementType::F32, raw, |typed| typed.float_data.clone())
}

/// The elements of an `i64` tensor, row-major.
///
/// # Errors
/// As [`tensor_f32`].
pub fn tensor_i64(tensor: &TensorProto) -> Result<Vec<i64>, OnnxError> {
    let raw = |bytes: [u8; 8]| i64::from_le_bytes(bytes);
    elements(tensor, ElementType::I64, raw, |typed| typed.int64_data.clone())
}

/// The elements of a `u8` tensor, row-major. Only `raw_data` is read: nobody stores bytes as `int32_data`.
///
/// # Errors
/// As [`tensor_f32`].
pub fn tensor_u8(tensor: &TensorProto) -> Result<Vec<u8>, OnnxError> {
    elements(tensor, ElementType::U8, |[byte]: [u8; 1]| byte, |_| Vec::new())
}

fn elements<T, const SIZE: usize>(
    tensor: &TensorProto,
    expected: ElementType,
    from_raw: impl Fn([u8; SIZE]) -> T,
    typed: impl Fn(&TensorProto) -> Vec<T>,
) -> Result<Vec<T>, OnnxError> {
    let name = || shortened(&tensor.name);
    if tensor.data_type != expected as i32 {
        return Err(OnnxError::ElementType {
            name: name(),
            found: tensor.data_type,
            expected: expected as i32,
        });
    }
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        return Err(OnnxError::ExternalData { name: name() });
    }
    let (_, count) = dims(tensor)?;
    let values = if tensor.raw_data.is_empty() {
        typed(tensor)
    } else {
        let (whole, rest) = tensor.raw_data.as_chunks::<SIZE>();
        if !rest.is_empty() {
            return Err(OnnxError::Length { name: name(), found: whole.len(), expected: count });
        }
        whole.iter().map(|&bytes| from_raw(bytes)).collect()
    };
    if values.len() != count {
        return Err(OnnxError::Length { name: name(), found: values.len(), expected: count });
    }
    Ok(values)
}

/// The start of a name that a stranger chose, for a message that must stay short.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}
