;; Answers no line at all
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1208) (i32.const 0))
  (i32.store (i32.const 1216) (i32.const 0))
  (i32.store (i32.const 1224) (i32.const 0))
  (i32.store (i32.const 1232) (i32.const 0))
  (i32.store (i32.const 1240) (i32.const 0))
  (i32.store (i32.const 1248) (i32.const 0))
  (i32.store (i32.const 1256) (i32.const 0))
  (i32.store (i32.const 1264) (i32.const 0))
  (i32.store (i32.const 1296) (i32.const 0))
  (call $right))
