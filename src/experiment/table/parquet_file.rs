//! A table as a Parquet file (Apache Parquet format 2): one row group, every column optional, plain or by dictionary.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::columns::{Cells, Column};

/// The bytes of the file.
pub(super) fn write(columns: &[Column]) -> Vec<u8> {
    try_write(columns).expect("memory takes typed columns of equal length")
}

fn try_write(columns: &[Column]) -> Result<Vec<u8>, ParquetError> {
    let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("results").with_fields(fields).build()?;
    let properties = WriterProperties::builder().build();
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for column in columns {
        match &column.cells {
            // Unsigned numbers are stored as signed ones of the same bits.
            Cells::Unsigned(cells) => write_column::<Int64Type, _>(&mut group, cells, |cell| cell.cast_signed())?,
            Cells::Integers(cells) => write_column::<Int64Type, _>(&mut group, cells, |cell| *cell)?,
            Cells::Numbers(cells) => write_column::<DoubleType, _>(&mut group, cells, |cell| *cell)?,
            Cells::Texts(cells) => {
                write_column::<ByteArrayType, _>(&mut group, cells, |cell| ByteArray::from(cell.as_str()))?;
            }
        }
    }
    group.close()?;
    file.into_inner()
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.cells {
        Cells::Unsigned(_) => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Cells::Integers(_) => (Physical::INT64, None),
        Cells::Numbers(_) => (Physical::DOUBLE, None),
        Cells::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    field.build().map(Arc::new)
}

/// Writes the next column: its values, and for each row whether it has one.
fn write_column<T: DataType, Cell>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    cells: &[Option<Cell>],
    value: impl Fn(&Cell) -> T::T,
) -> Result<(), ParquetError> {
    let values: Vec<T::T> = cells.iter().flatten().map(value).collect();
    let present: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let mut column = group.next_column()?.expect("the schema has this column");
    column.typed::<T>().write_batch(&values, Some(&present), None)?;
    column.close()
}
