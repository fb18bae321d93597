//! ONNX Runtime Web as a backend of `ort`: the functions that opening a network and running it call, and no more.
//!
//! `ort-web` does this for everything that ONNX Runtime can; for what an encoder needs, it is half of the module. Here the page's
//! worker has loaded ONNX Runtime Web (`engine.ts`: checked bytes, no document needed, no telemetry), and its module lies at
//! `globalThis.ort`. Values live in the computer's memory, and elements are f32 and i64. Whatever else `ort` calls answers
//! "Unimplemented".
//!
//! Each function here is one of ONNX Runtime's C functions; its pointers are those that `ort` got from here, and alive.

#![allow(unsafe_code, non_snake_case, reason = "C's functions, by their names")]

use std::{
    cell::OnceCell,
    ffi::{CString, c_char, c_int, c_void},
    future::Future,
    pin::Pin,
    ptr, slice,
};

use js_sys::{Array, BigInt64Array, Error as JsError, Float32Array, Object, Reflect, Uint8Array};
use ort::sys::{
    ONNXTensorElementDataType as Element, ONNXType, OrtAllocator, OrtAllocatorType, OrtApi, OrtEnv,
    OrtErrorCode, OrtLoggingLevel, OrtMemType, OrtMemoryInfo, OrtRunOptions, OrtSession, OrtSessionOptions,
    OrtStatusPtr, OrtTensorTypeAndShapeInfo, OrtTypeInfo, OrtValue, stub,
};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type InferenceSession;
    #[wasm_bindgen(catch, static_method_of = InferenceSession, js_namespace = ort, js_name = create)]
    async fn create(model: Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, js_name = inputMetadata)]
    fn inputs(this: &InferenceSession) -> Array;
    #[wasm_bindgen(method, getter, js_name = outputMetadata)]
    fn outputs(this: &InferenceSession) -> Array;
    #[wasm_bindgen(method, catch)]
    async fn run(this: &InferenceSession, feeds: Object, fetches: Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn release(this: &InferenceSession) -> JsValue;

    #[wasm_bindgen(js_namespace = ort)]
    type Tensor;
    #[wasm_bindgen(constructor, catch, js_namespace = ort)]
    fn new(element: &str, data: JsValue, sides: Array) -> Result<Tensor, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn dims(this: &Tensor) -> Array;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn element(this: &Tensor) -> String;
    #[wasm_bindgen(method, getter, catch)]
    fn data(this: &Tensor) -> Result<JsValue, JsValue>;
}

/// The table of functions for `ort::set_api`.
pub(crate) const API: OrtApi = OrtApi {
    CreateEnv,
    ReleaseEnv,
    CreateSessionOptions,
    ReleaseSessionOptions,
    CreateSessionFromArray,
    ReleaseSession,
    SessionGetInputCount,
    SessionGetOutputCount,
    SessionGetInputName,
    SessionGetOutputName,
    SessionGetInputTypeInfo,
    SessionGetOutputTypeInfo,
    GetAllocatorWithDefaultOptions,
    CreateAllocator,
    ReleaseAllocator,
    AllocatorGetInfo,
    AllocatorFree,
    CreateMemoryInfo,
    ReleaseMemoryInfo,
    CreateTensorWithDataAsOrtValue,
    ReleaseValue,
    IsTensor,
    GetTensorTypeAndShape,
    GetTensorMemoryInfo,
    GetTensorMutableData,
    GetOnnxTypeFromTypeInfo,
    CastTypeInfoToTensorInfo,
    ReleaseTypeInfo,
    GetTensorElementType,
    GetDimensionsCount,
    GetDimensions,
    GetSymbolicDimensions,
    ReleaseTensorTypeAndShapeInfo,
    CreateRunOptions,
    ReleaseRunOptions,
    RunAsync,
    ..stub::api()
};

/// The element's type and the sides (-1 = any) of a port or a value: both of ONNX Runtime's kinds of type information.
struct Info {
    element: Element,
    sides: Vec<i64>,
}

/// What `ort` holds as a value.
struct Value {
    info: Info,
    numbers: Numbers,
}

enum Numbers {
    /// `ort`'s own, which it keeps for as long as the value.
    Given(*mut c_void),
    /// A result of ONNX Runtime's, copied when it is first asked for.
    Made(Tensor, OnceCell<Vec<f32>>),
}

fn done() -> OrtStatusPtr {
    OrtStatusPtr::default()
}

fn failed(reason: &str) -> OrtStatusPtr {
    // C's texts end at the first zero.
    stub::Error::new_sys(OrtErrorCode::ORT_FAIL, reason.replace('\0', " "))
}

fn thrown(error: &JsValue) -> OrtStatusPtr {
    let message = error.dyn_ref::<JsError>().map(|error| String::from(error.message()));
    failed(&message.or_else(|| error.as_string()).unwrap_or_default())
}

/// Gives `it` away through a pointer; [`taken`] takes it back.
unsafe fn give<T, P>(out: *mut *mut P, it: T) -> OrtStatusPtr {
    unsafe { out.write(Box::into_raw(Box::new(it)).cast()) };
    done()
}

unsafe fn taken<T, P>(it: *mut P) {
    drop(unsafe { Box::from_raw(it.cast::<T>()) });
}

fn element(name: &str) -> Element {
    match name {
        "float32" => Element::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
        "int64" => Element::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
        _ => Element::ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED,
    }
}

// There is nothing to remember of an environment and of options, and one kind of memory. A pointer must be something.
static NOTHING: u8 = 0;

fn nothing<T>() -> *mut T {
    ptr::from_ref(&NOTHING).cast_mut().cast()
}

unsafe extern "system" fn CreateEnv(
    _: OrtLoggingLevel,
    _: *const c_char,
    out: *mut *mut OrtEnv,
) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn ReleaseEnv(_: *mut OrtEnv) {}

unsafe extern "system" fn CreateSessionOptions(out: *mut *mut OrtSessionOptions) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn ReleaseSessionOptions(_: *mut OrtSessionOptions) {}

unsafe extern "system" fn CreateRunOptions(out: *mut *mut OrtRunOptions) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn ReleaseRunOptions(_: *mut OrtRunOptions) {}

unsafe extern "system" fn CreateMemoryInfo(
    _: *const c_char,
    _: OrtAllocatorType,
    _: c_int,
    _: OrtMemType,
    out: *mut *mut OrtMemoryInfo,
) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn ReleaseMemoryInfo(_: *mut OrtMemoryInfo) {}

unsafe extern "system" fn GetTensorMemoryInfo(
    _: *const OrtValue,
    out: *mut *const OrtMemoryInfo,
) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn GetAllocatorWithDefaultOptions(out: *mut *mut OrtAllocator) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn CreateAllocator(
    _: *const OrtSession,
    _: *const OrtMemoryInfo,
    out: *mut *mut OrtAllocator,
) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

unsafe extern "system" fn ReleaseAllocator(_: *mut OrtAllocator) {}

unsafe extern "system" fn AllocatorGetInfo(
    _: *const OrtAllocator,
    out: *mut *const OrtMemoryInfo,
) -> OrtStatusPtr {
    unsafe { out.write(nothing()) };
    done()
}

/// All that comes from the allocator are names.
unsafe extern "system" fn AllocatorFree(_: *mut OrtAllocator, name: *mut c_void) -> OrtStatusPtr {
    drop(unsafe { CString::from_raw(name.cast()) });
    done()
}

unsafe fn CreateSessionFromArray(
    _: *const OrtEnv,
    model: &[u8],
    _: *const OrtSessionOptions,
    out: *mut *mut OrtSession,
) -> Pin<Box<dyn Future<Output = OrtStatusPtr>>> {
    // A copy: a view of this memory is void as soon as it grows.
    let session = InferenceSession::create(Uint8Array::new_from_slice(model));
    Box::pin(async move {
        match session.await {
            Ok(session) => unsafe { give(out, session.unchecked_into::<InferenceSession>()) },
            Err(error) => thrown(&error),
        }
    })
}

unsafe extern "system" fn ReleaseSession(session: *mut OrtSession) {
    let session = unsafe { Box::from_raw(session.cast::<InferenceSession>()) };
    // A promise that nobody waits for.
    session.release();
}

unsafe extern "system" fn SessionGetInputCount(session: *const OrtSession, out: *mut usize) -> OrtStatusPtr {
    unsafe { out.write((*session.cast::<InferenceSession>()).inputs().length() as usize) };
    done()
}

unsafe extern "system" fn SessionGetOutputCount(session: *const OrtSession, out: *mut usize) -> OrtStatusPtr {
    unsafe { out.write((*session.cast::<InferenceSession>()).outputs().length() as usize) };
    done()
}

/// A field of what ONNX Runtime Web says of a port.
fn said(ports: &Array, at: usize, field: &str) -> JsValue {
    Reflect::get(&ports.get(at as u32), &field.into()).unwrap_or_default()
}

unsafe fn give_name(ports: &Array, at: usize, out: *mut *mut c_char) -> OrtStatusPtr {
    match CString::new(said(ports, at, "name").as_string().unwrap_or_default()) {
        Ok(name) => {
            unsafe { out.write(name.into_raw()) };
            done()
        }
        Err(_) => failed("a port's name holds a zero"),
    }
}

unsafe fn give_info(ports: &Array, at: usize, out: *mut *mut OrtTypeInfo) -> OrtStatusPtr {
    let sides = said(ports, at, "shape").dyn_into::<Array>().unwrap_or_default();
    // A side with a name instead of a number is any.
    let sides = sides.iter().map(|side| side.as_f64().map_or(-1, |side| side as i64)).collect();
    let element = element(&said(ports, at, "type").as_string().unwrap_or_default());
    unsafe { give(out, Info { element, sides }) }
}

unsafe extern "system" fn SessionGetInputName(
    session: *const OrtSession,
    at: usize,
    _: *mut OrtAllocator,
    out: *mut *mut c_char,
) -> OrtStatusPtr {
    unsafe { give_name(&(*session.cast::<InferenceSession>()).inputs(), at, out) }
}

unsafe extern "system" fn SessionGetOutputName(
    session: *const OrtSession,
    at: usize,
    _: *mut OrtAllocator,
    out: *mut *mut c_char,
) -> OrtStatusPtr {
    unsafe { give_name(&(*session.cast::<InferenceSession>()).outputs(), at, out) }
}

unsafe extern "system" fn SessionGetInputTypeInfo(
    session: *const OrtSession,
    at: usize,
    out: *mut *mut OrtTypeInfo,
) -> OrtStatusPtr {
    unsafe { give_info(&(*session.cast::<InferenceSession>()).inputs(), at, out) }
}

unsafe extern "system" fn SessionGetOutputTypeInfo(
    session: *const OrtSession,
    at: usize,
    out: *mut *mut OrtTypeInfo,
) -> OrtStatusPtr {
    unsafe { give_info(&(*session.cast::<InferenceSession>()).outputs(), at, out) }
}

unsafe extern "system" fn GetOnnxTypeFromTypeInfo(_: *const OrtTypeInfo, out: *mut ONNXType) -> OrtStatusPtr {
    unsafe { out.write(ONNXType::ONNX_TYPE_TENSOR) };
    done()
}

unsafe extern "system" fn CastTypeInfoToTensorInfo(
    info: *const OrtTypeInfo,
    out: *mut *const OrtTensorTypeAndShapeInfo,
) -> OrtStatusPtr {
    unsafe { out.write(info.cast()) };
    done()
}

unsafe extern "system" fn ReleaseTypeInfo(info: *mut OrtTypeInfo) {
    unsafe { taken::<Info, _>(info) };
}

unsafe extern "system" fn ReleaseTensorTypeAndShapeInfo(info: *mut OrtTensorTypeAndShapeInfo) {
    unsafe { taken::<Info, _>(info) };
}

unsafe extern "system" fn GetTensorElementType(
    info: *const OrtTensorTypeAndShapeInfo,
    out: *mut Element,
) -> OrtStatusPtr {
    unsafe { out.write((*info.cast::<Info>()).element) };
    done()
}

unsafe extern "system" fn GetDimensionsCount(
    info: *const OrtTensorTypeAndShapeInfo,
    out: *mut usize,
) -> OrtStatusPtr {
    unsafe { out.write((*info.cast::<Info>()).sides.len()) };
    done()
}

unsafe extern "system" fn GetDimensions(
    info: *const OrtTensorTypeAndShapeInfo,
    out: *mut i64,
    count: usize,
) -> OrtStatusPtr {
    let info = unsafe { &*info.cast::<Info>() };
    for (at, side) in info.sides.iter().take(count).enumerate() {
        unsafe { out.add(at).write(*side) };
    }
    done()
}

/// No side has a name here.
unsafe extern "system" fn GetSymbolicDimensions(
    _: *const OrtTensorTypeAndShapeInfo,
    out: *mut *const c_char,
    count: usize,
) -> OrtStatusPtr {
    for at in 0..count {
        unsafe { out.add(at).write(c"".as_ptr()) };
    }
    done()
}

unsafe extern "system" fn CreateTensorWithDataAsOrtValue(
    _: *const OrtMemoryInfo,
    data: *mut c_void,
    _: usize,
    sides: *const i64,
    count: usize,
    element: Element,
    out: *mut *mut OrtValue,
) -> OrtStatusPtr {
    let sides = unsafe { slice::from_raw_parts(sides, count) }.to_vec();
    unsafe { give(out, Value { info: Info { element, sides }, numbers: Numbers::Given(data) }) }
}

unsafe extern "system" fn ReleaseValue(value: *mut OrtValue) {
    unsafe { taken::<Value, _>(value) };
}

unsafe extern "system" fn IsTensor(_: *const OrtValue, out: *mut c_int) -> OrtStatusPtr {
    unsafe { out.write(1) };
    done()
}

unsafe extern "system" fn GetTensorTypeAndShape(
    value: *const OrtValue,
    out: *mut *mut OrtTensorTypeAndShapeInfo,
) -> OrtStatusPtr {
    let Value { info, .. } = unsafe { &*value.cast::<Value>() };
    unsafe { give(out, Info { element: info.element, sides: info.sides.clone() }) }
}

unsafe extern "system" fn GetTensorMutableData(value: *mut OrtValue, out: *mut *mut c_void) -> OrtStatusPtr {
    let value = unsafe { &*value.cast::<Value>() };
    let data = match &value.numbers {
        Numbers::Given(data) => *data,
        Numbers::Made(tensor, copy) => {
            let data = match tensor.data() {
                Ok(data) => data,
                Err(error) => return thrown(&error),
            };
            let Some(numbers) = data.dyn_ref::<Float32Array>() else {
                return failed("the result is not of f32");
            };
            copy.get_or_init(|| numbers.to_vec()).as_ptr().cast_mut().cast()
        }
    };
    unsafe { out.write(data) };
    done()
}

unsafe fn RunAsync(
    session: *mut OrtSession,
    _: *const OrtRunOptions,
    input_names: &[&str],
    inputs: &[*const OrtValue],
    output_names: &[&str],
    outputs: &mut [*mut OrtValue],
) -> Pin<Box<dyn Future<Output = OrtStatusPtr>>> {
    let session = unsafe { &*session.cast::<InferenceSession>() };
    let feeds = Object::new();
    for (name, value) in input_names.iter().zip(inputs) {
        match unsafe { fed(&*value.cast::<Value>()) } {
            Ok(tensor) => _ = Reflect::set(&feeds, &(*name).into(), &tensor),
            Err(error) => {
                let status = thrown(&error);
                return Box::pin(async move { status });
            }
        }
    }
    let names: Vec<JsValue> = output_names.iter().map(|name| JsValue::from_str(name)).collect();
    let results = session.run(feeds, names.iter().collect());
    let outputs = outputs.as_mut_ptr();
    Box::pin(async move {
        let results = match results.await {
            Ok(results) => results,
            Err(error) => return thrown(&error),
        };
        for (at, name) in names.iter().enumerate() {
            let tensor = Reflect::get(&results, name).unwrap_or_default().unchecked_into::<Tensor>();
            if tensor.is_undefined() {
                return failed("a result is missing");
            }
            let sides = tensor.dims().iter().map(|side| side.as_f64().unwrap_or_default() as i64).collect();
            let info = Info { element: element(&tensor.element()), sides };
            unsafe { give(outputs.add(at), Value { info, numbers: Numbers::Made(tensor, OnceCell::new()) }) };
        }
        done()
    })
}

/// A value as ONNX Runtime Web takes it: with its numbers copied, because its memory may be another one when they are read.
unsafe fn fed(Value { info, numbers }: &Value) -> Result<JsValue, JsValue> {
    let Numbers::Given(data) = numbers else { return Err("a result is no input".into()) };
    let count = info.sides.iter().map(|side| *side as usize).product();
    let sides: Array = info.sides.iter().map(|side| JsValue::from_f64(*side as f64)).collect();
    let tensor = match info.element {
        Element::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT => {
            let numbers = Float32Array::new_from_slice(unsafe { slice::from_raw_parts(data.cast(), count) });
            Tensor::new("float32", numbers.into(), sides)
        }
        Element::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 => {
            let numbers = BigInt64Array::new_from_slice(unsafe { slice::from_raw_parts(data.cast(), count) });
            Tensor::new("int64", numbers.into(), sides)
        }
        _ => return Err("only f32 and i64 are run".into()),
    };
    tensor.map(JsValue::from)
}
