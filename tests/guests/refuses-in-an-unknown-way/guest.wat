;; Refuses with a discriminant that no refusal has
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store8 (i32.const 1200) (i32.const 1))
  (i32.store8 (i32.const 1204) (i32.const 9))
  (call $right))
