  ;; Two pages: what is written at compile time lies below 4096, what the host writes above 65536.
  (memory (export "memory") 2)
