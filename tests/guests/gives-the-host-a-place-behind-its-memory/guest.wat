;; Its realloc answers a place behind the end of its memory
;; with memory describe answer price batch
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 10000000))
