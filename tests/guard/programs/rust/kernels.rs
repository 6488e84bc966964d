//! Collections, closures, trait objects and formatting.

use std::collections::{BTreeMap, HashMap};

trait Shape {
    fn area(&self) -> f64;
}

struct Square(f64);
struct Circle(f64);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * self.0 * self.0
    }
}

#[no_mangle]
pub extern "C" fn work(n: i32) -> i32 {
    let mut words: BTreeMap<String, i32> = BTreeMap::new();
    for i in 0..n {
        *words.entry(format!("{:x}", i * 7919 % 1009)).or_insert(0) += i;
    }
    let mut sorted: Vec<_> = words.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let text: String = sorted.iter().map(|(k, v)| format!("{k}={v};")).collect();
    text.bytes().fold(7, |sum: i32, byte| sum.wrapping_mul(31).wrapping_add(byte as i32))
}

#[no_mangle]
pub extern "C" fn shapes(n: i32) -> i32 {
    let shapes: Vec<Box<dyn Shape>> = (0..n)
        .map(|i| -> Box<dyn Shape> {
            if i % 3 == 0 {
                Box::new(Square(i as f64))
            } else {
                Box::new(Circle(i as f64 / 2.0))
            }
        })
        .collect();
    shapes.iter().map(|shape| shape.area()).sum::<f64>() as i32
}

fn ways(left: i32, coins: &[i32], seen: &mut HashMap<(i32, usize), i32>) -> i32 {
    if left == 0 {
        return 1;
    }
    if left < 0 || coins.is_empty() {
        return 0;
    }
    if let Some(known) = seen.get(&(left, coins.len())) {
        return *known;
    }
    let count = ways(left - coins[0], coins, seen).wrapping_add(ways(left, &coins[1..], seen));
    seen.insert((left, coins.len()), count);
    count
}

#[no_mangle]
pub extern "C" fn change(n: i32) -> i32 {
    ways(n, &[50, 20, 10, 5, 2, 1], &mut HashMap::new())
}
