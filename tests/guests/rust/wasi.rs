//! A reactor in Rust without any crate: what its standard library asks of WASI.

use std::alloc::{alloc, dealloc, Layout};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[no_mangle]
pub extern "C" fn pulp_alloc(size: u32) -> *mut u8 {
    match Layout::from_size_align(size as usize, 8) {
        Ok(layout) if size > 0 => unsafe { alloc(layout) },
        _ => std::ptr::null_mut(),
    }
}

#[no_mangle]
pub unsafe extern "C" fn pulp_free(ptr: *mut u8, size: u32) {
    if let (false, Ok(layout)) = (ptr.is_null(), Layout::from_size_align(size as usize, 8)) {
        dealloc(ptr, layout);
    }
}

#[no_mangle]
pub extern "C" fn pulp_init(_ptr: *const u8, _len: u32) -> i32 {
    println!("rust is ready");
    0
}

#[no_mangle]
pub extern "C" fn pulp_step(_ptr: *const u8, _len: u32) -> i32 {
    0
}

#[no_mangle]
pub extern "C" fn pulp_shutdown() -> i32 {
    0
}

#[no_mangle]
pub unsafe extern "C" fn pulp_on_call(
    name_ptr: *const u8,
    name_len: u32,
    _args_ptr: *const u8,
    _args_len: u32,
    ptr_out: *mut u32,
    len_out: *mut u32,
) -> u32 {
    let name = std::slice::from_raw_parts(name_ptr, name_len as usize);
    let text = match name {
        b"print" => print(),
        b"time" => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map(|since| since.as_secs().to_string())
            .unwrap_or_default(),
        b"random" => format!("{:016x}", RandomState::new().hash_one("seed")),
        b"map" => map(),
        b"sleep" => {
            let start = Instant::now();
            std::thread::sleep(Duration::from_millis(50));
            start.elapsed().as_millis().to_string()
        }
        b"env" => std::env::vars()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("\n"),
        b"args" => format!("{:?}", std::env::args().collect::<Vec<_>>()),
        b"stdin" => {
            let mut bytes = Vec::new();
            let result = std::io::stdin().read_to_end(&mut bytes);
            format!("{result:?}")
        }
        b"file" => format!("{:?}", std::fs::read("/etc/passwd").map_err(|e| e.kind())),
        b"exit" => std::process::exit(9),
        b"panic" => panic!("on purpose"),
        _ => return 10,
    };
    let mut message = vec![0xdb];
    message.extend((text.len() as u32).to_be_bytes());
    message.extend(text.as_bytes());
    let block = pulp_alloc(message.len() as u32);
    if block.is_null() {
        return 7;
    }
    block.copy_from_nonoverlapping(message.as_ptr(), message.len());
    ptr_out.write_unaligned(block as u32);
    len_out.write_unaligned(message.len() as u32);
    0
}

fn print() -> String {
    println!("a line on stdout");
    eprintln!("a line on stderr");
    print!("a line ");
    println!("in two writes");
    print!("no newline at the end");
    std::io::stdout().flush().map_or_else(|e| e.to_string(), |()| "printed".into())
}

fn map() -> String {
    let squares: HashMap<u32, u32> = (1..=100).map(|n| (n, n * n)).collect();
    squares.values().sum::<u32>().to_string()
}
