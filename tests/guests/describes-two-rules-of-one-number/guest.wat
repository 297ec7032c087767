;; Describes two rules of one number
;; with memory realloc answer price batch
(func (export "describe") (result i32)
  (memory.copy (i32.const 3240) (i32.const 3200) (i32.const 40))
  (i32.store (i32.const 3120) (i32.const 2))
  (i32.const 3100))
  ;; One rule, number 1.
  (data (i32.const 3000) "guest0.1.0rule")
  (data (i32.const 3100)
    "\b8\0b\00\00\05\00\00\00"                 ;; name: 5 bytes at 3000
    "\bd\0b\00\00\05\00\00\00"                 ;; version: 5 bytes at 3005
    "\80\0c\00\00\01\00\00\00")                ;; rules: 1 at 3200
  (data (i32.const 3200)
    "\01\00\00\00"                               ;; id 1
    "\c2\0b\00\00\04\00\00\00"                 ;; name: 4 bytes at 3010
    "\c2\0b\00\00\04\00\00\00"                 ;; vietnamese
    "\c2\0b\00\00\04\00\00\00"                 ;; english
    "\c2\0b\00\00\04\00\00\00"                 ;; ground
    "\00\00\00\00")                              ;; severity none
