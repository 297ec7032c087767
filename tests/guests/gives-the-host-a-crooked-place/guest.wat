;; Its realloc answers an odd place
;; with memory describe answer price batch
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65537))
