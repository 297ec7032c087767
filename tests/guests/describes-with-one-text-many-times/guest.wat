;; Describes two thousand rules whose words are one long text
;; with memory realloc answer price batch
(func (export "describe") (result i32)
  (local $rule i32)
  (local.set $rule (i32.const 8192))
  (loop $again
    (i32.store (local.get $rule) (i32.div_u (local.get $rule) (i32.const 40)))
    (i32.store (i32.add (local.get $rule) (i32.const 4)) (i32.const 4096))
    (i32.store (i32.add (local.get $rule) (i32.const 8)) (i32.const 60000))
    (i32.store (i32.add (local.get $rule) (i32.const 16)) (i32.const 0))
    (i32.store (i32.add (local.get $rule) (i32.const 24)) (i32.const 0))
    (i32.store (i32.add (local.get $rule) (i32.const 32)) (i32.const 0))
    (local.set $rule (i32.add (local.get $rule) (i32.const 40)))
    (br_if $again (i32.lt_u (local.get $rule) (i32.const 88192))))
  (i32.store (i32.const 3116) (i32.const 8192))
  (i32.store (i32.const 3120) (i32.const 2000))
  (i32.const 3100))
(data (i32.const 3000) "guest0.1.0rule")
(data (i32.const 3100) "\b8\0b\00\00\05\00\00\00\bd\0b\00\00\05\00\00\00")
