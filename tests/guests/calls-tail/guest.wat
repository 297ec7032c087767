;; Uses tail calls, which the sandbox does not need
;; with memory realloc describe answer price batch
(func $tail (result i32) (return_call $right))
