;; Keeps a floating-point number in a global
;; with memory realloc describe answer price batch
(global $rate (mut f32) (f32.const 0))
