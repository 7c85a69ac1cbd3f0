//! Makes a wasm module count the instructions it executes.
//!
//! At the head of every stretch of code that is executed as a whole, the number of its instructions is added to a
//! global, which the module exports under the name [`COUNTER`]. The count is exact whatever runs the module, where the
//! fuel of interpreters is charged in advance for blocks that a branch may skip.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType, Instruction, Module,
    ValType,
};
use wasmparser::{ExportSectionReader, FunctionBody, GlobalSectionReader};

/// The name under which the count is exported: a global of type `i64`.
pub const COUNTER: &str = "instructions";

/// Copying or filling this many bytes counts as one instruction, as if it were done with SIMD.
const BYTES_PER_INSTRUCTION_SHIFT: i64 = 4;

/// The module `wasm` with the counter built in.
pub fn metered(wasm: &[u8]) -> Result<Vec<u8>, Error<Infallible>> {
    let mut module = Module::new();
    Meter::default().parse_core_module(&mut module, wasmparser::Parser::new(0), wasm)?;
    Ok(module.finish())
}

/// The globals it adds, by index.
#[derive(Default)]
struct Meter {
    counter: u32,
    /// Holds a length while it is added to the counter.
    length: u32,
}

impl Reencode for Meter {
    type Error = Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        // The module imports no global, so these are all there are.
        (self.counter, self.length) = (section.count(), section.count() + 1);
        wasm_encoder::reencode::utils::parse_global_section(self, globals, section)?;
        let variable = |val_type| GlobalType { val_type, mutable: true, shared: false };
        globals.global(variable(ValType::I64), &ConstExpr::i64_const(0));
        globals.global(variable(ValType::I32), &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        wasm_encoder::reencode::utils::parse_export_section(self, exports, section)?;
        exports.export(COUNTER, ExportKind::Global, self.counter);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut reader = body.get_operators_reader()?;
        let mut stretch = Vec::new();
        while !reader.eof() {
            let instruction = self.parse_instruction(&mut reader)?;
            let last = ends_a_stretch(&instruction);
            stretch.push(instruction);
            if last {
                self.emit(&mut function, &stretch);
                stretch.clear();
            }
        }
        code.function(&function);
        Ok(())
    }
}

impl Meter {
    /// Writes a stretch of code behind what counts it.
    fn emit(&self, function: &mut Function, stretch: &[Instruction]) {
        let executed = stretch.iter().filter(|instruction| !is_a_mark(instruction)).count();
        if executed > 0 {
            self.add(function, &[Instruction::I64Const(i64::try_from(executed).unwrap_or(i64::MAX))]);
        }
        for instruction in stretch {
            if matches!(instruction, Instruction::MemoryCopy { .. } | Instruction::MemoryFill(_)) {
                self.add_length(function);
            }
            function.instruction(instruction);
        }
    }

    /// Adds what `number` leaves on the stack to the counter.
    fn add(&self, function: &mut Function, number: &[Instruction]) {
        function.instruction(&Instruction::GlobalGet(self.counter));
        for instruction in number {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::I64Add).instruction(&Instruction::GlobalSet(self.counter));
    }

    /// Adds the length on top of the stack, and leaves it there.
    fn add_length(&self, function: &mut Function) {
        function.instruction(&Instruction::GlobalSet(self.length));
        self.add(
            function,
            &[
                Instruction::GlobalGet(self.length),
                Instruction::I64ExtendI32U,
                Instruction::I64Const(BYTES_PER_INSTRUCTION_SHIFT),
                Instruction::I64ShrU,
            ],
        );
        function.instruction(&Instruction::GlobalGet(self.length));
    }
}

/// Behind it something else may go on than what stands there, or something else may come in.
fn ends_a_stretch(instruction: &Instruction) -> bool {
    use Instruction::{Br, BrIf, BrTable, Else, End, If, Loop, Return, Unreachable};
    matches!(instruction, Loop(_) | If(_) | Else | End | Br(_) | BrIf(_) | BrTable(..) | Return | Unreachable)
}

/// Marks structure, and is nothing to execute.
fn is_a_mark(instruction: &Instruction) -> bool {
    use Instruction::{Block, Drop, Else, End, Loop, Nop};
    matches!(instruction, Block(_) | Loop(_) | Else | End | Nop | Drop)
}
