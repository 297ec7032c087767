;; Pays more than the whole
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i64.store (i32.const 1064) (i64.const 1001))
  (call $right))
